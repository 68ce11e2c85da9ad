"""Avenant: the shared platform of occupational-health prevention in France."""
