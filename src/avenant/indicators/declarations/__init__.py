"""Each provider declares, answers questions, corrects; the authority validates."""
