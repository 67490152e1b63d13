"""Health and figures of the stage: stream lags, hourly figures, CloudWatch metrics.

The API, consumers and schedules may import it.
"""
