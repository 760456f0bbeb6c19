"""What comes in: sources read, articles stored, pictures fetched."""
