"""What a class hands out and collects.

The round trip of a teacher:

1. `make student` (or `embedviz student FOLDER`) writes the notebooks of the class: without solutions, without folded
   answers, without a lecturer's comments, with `symbols.md` and `glossary.md`. A file beside them keeps
   `exercise(…).solution()` and the button *Solution* from showing one. That is no lock: the package, which every
   student has, holds the solutions.
2. Students write their functions, check them as everyone does, and hand in the notebook.
3. `embedviz collect FOLDER --out results.csv` checks them all: FOLDER holds a folder or a notebook for each student.
   A row an exercise: right, wrong (with the slip by its name and the smallest input that fails), not written, error,
   time or memory. Functions are found by name, wherever they stand and whatever the file is called.

A student's code runs in a process with limits on seconds, memory and files. On Linux it can neither read what is not
Python's nor write outside its folder, start programs, use the network, or read the solutions (`confine`). It never runs
where answers are judged: its process gets inputs and gives back answers (`worker`, `grading`). What no check can see is
who wrote an answer, and whether it knows the few inputs of a check by heart; the inputs are in the package.

With nbgrader (0.9.6): `embedviz student --nbgrader FOLDER` writes a course, an assignment for each chapter, with
solutions that `nbgrader generate_assignment` cuts out; a wrong answer is an error where nbgrader runs the check.
"""

import lazy_loader

# Each name is imported when it is first asked for: the processes of students' code must not load what judges it.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "student": ["student_notebook", "teacher_notebook", "write_nbgrader_course", "write_student_folder"],
        "grading": ["Keeper", "Result"],
        "confine": ["Limits", "not_contained"],
        "submissions": ["check_all", "write_table"],
    },
)
