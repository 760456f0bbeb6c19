"""What an operator needs: alarms, doctor, metrics."""
