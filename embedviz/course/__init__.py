"""What the chapters need to teach: what they show, their exercises and predictions, their diagrams."""

import lazy_loader

# Each name is imported when it is first asked for, so that a room costs no more than what is used of it.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "notebook": ["say", "show", "show_source"],
        "exercises": ["EXERCISES"],
        "practice": ["exercise"],
        "predictions": ["came_out", "prediction"],
        "calibration_report": ["calibration"],
        "whiteboard": ["board"],
        "figures_2": ["coordinates_figure", "differences_figure", "things_in_two_numbers"],
        "diagrams": ["FUNNEL_ALT", "TWO_TOWER_ALT", "funnel_figure", "two_tower_figure"],
        "figures_4": ["bars_figure", "sitting_figure"],
        "drill_widget": ["drill"],
        "interview_widget": ["mock_interview"],
        "self_check": ["check_installation"],
        "page_check": ["check_page"],
        "knowledge": ["so_far"],
        "ways": ["self_study"],
        "figures_3": ["by_frequency_figure", "words_through_time"],
    },
)
