"""Settings, doors to the outside, the embedded database and the ``avenant`` command."""
