"""What becomes of an aid: reports, expenses read one by one, balance, recovery, evaluation, visits."""
