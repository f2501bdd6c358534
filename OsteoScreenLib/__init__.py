"""OsteoScreen core: one hand or wrist radiograph in, one screening result out.

Research use only. Not a medical device.
"""

__version__ = "0.1.0"

RESEARCH_USE_NOTICE = (
    "Research use only. Not a medical device. The score does not diagnose or rule out osteoporosis; diagnosis rests on DXA."
)
