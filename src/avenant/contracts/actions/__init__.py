"""What is done under contracts: actions and their effects, actions of several contracts, campaigns, targeted establishments."""
