"""What is right: pure Python, without Django, clock or input/output."""
