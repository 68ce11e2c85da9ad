"""The instruction of complete dossiers: opinions, grid, checks, requests for more."""
