"""Health and metrics of the stage: stream lags, hourly totals, CloudWatch metrics.

The API, consumers and schedules may import it.
"""
