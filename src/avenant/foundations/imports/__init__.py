"""What people have in their spreadsheets enters the platform: recognised, previewed, confirmed, undone the same day."""
