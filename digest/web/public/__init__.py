"""What readers reach: view in browser, pictures."""
