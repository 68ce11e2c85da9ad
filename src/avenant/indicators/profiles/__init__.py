"""What a service counted at home comes in: its values beside those typed, and the protected profile of the cell."""
