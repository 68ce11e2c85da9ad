"""People, how they sign in, and the actor they are."""
