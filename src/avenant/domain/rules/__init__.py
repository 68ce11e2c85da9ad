"""Rules of a call as data: a small vocabulary, parameters apart, evaluation with its reasons."""
