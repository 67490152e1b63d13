"""The functions that the clock starts: nothing here waits for a request or an event. app.py alone imports them."""
