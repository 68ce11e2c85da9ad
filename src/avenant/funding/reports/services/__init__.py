"""What is done to follow an aid, by moment."""
