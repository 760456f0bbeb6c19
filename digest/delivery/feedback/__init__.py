"""What comes back later: bounces and complaints."""
