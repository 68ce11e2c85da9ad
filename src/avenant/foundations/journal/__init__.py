"""What happened and what is due: business events, states and due items."""
