"""Relaxes structures with ASE's optimisers and the potential of `Csp.Benchmarks serve`, one at a time, and counts.

usage: ase_relax.py STARTS.extxyz PRESSURE_GPA OPTIMISER[,...] COMMAND [ARGUMENT ...]

COMMAND starts the server (see PotentialServer.cs). ExpCellFilter; converged at 1e-3 eV/A (largest component) and 0.05 GPa, at most 1000
evaluations. Prints per optimiser: converged, evaluations (median, 90 %, mean), and the CPU time of ASE's own part of a step: that of this
process without what passes inside the calculator.
"""
import struct
import subprocess
import sys
import time
import warnings

import numpy as np
from ase import optimize, units
from ase.calculators.calculator import Calculator, all_changes
from ase.constraints import ExpCellFilter
from ase.io import read

LIMIT = 1000


class Piped(Calculator):
    implemented_properties = ["energy", "forces", "stress"]

    def __init__(self, command):
        super().__init__()
        self.server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.evaluations, self.seconds = 0, 0.0

    def calculate(self, atoms=None, properties=(), system_changes=all_changes):
        before = time.process_time()
        super().calculate(atoms, properties, system_changes)
        n = len(atoms)
        self.server.stdin.write(
            struct.pack("<i", n) + atoms.cell.array.astype("<f8").tobytes()
            + atoms.numbers.astype("<i4").tobytes() + atoms.positions.astype("<f8").tobytes())
        self.server.stdin.flush()
        answer = np.frombuffer(self.server.stdout.read(8 * (3 * n + 10)), "<f8")
        s = answer[1 + 3 * n:].reshape(3, 3)
        self.results = {
            "energy": answer[0], "forces": answer[1:1 + 3 * n].reshape(n, 3),
            "stress": np.array([s[0, 0], s[1, 1], s[2, 2], s[1, 2], s[0, 2], s[0, 1]])}
        self.evaluations += 1
        self.seconds += time.process_time() - before
        if not np.isfinite(answer).all():
            raise ArithmeticError("no answer")


def relax(start, calculator, optimiser, pressure):
    atoms = start.copy()
    atoms.calc = calculator
    calculator.results = {}
    first = calculator.evaluations
    done = False
    try:
        filtered = ExpCellFilter(atoms, scalar_pressure=pressure)
        with optimiser(filtered, logfile=None) as steps:
            for _ in steps.irun(fmax=1e-9, steps=LIMIT):
                excess = atoms.get_stress() + pressure * np.array([1, 1, 1, 0, 0, 0])
                done = abs(atoms.get_forces()).max() <= 1e-3 and abs(excess).max() <= 0.05 * units.GPa
                if done or calculator.evaluations - first >= LIMIT:
                    break
    except (ArithmeticError, ValueError, RuntimeError, np.linalg.LinAlgError):
        pass
    enthalpy = (atoms.get_potential_energy() + pressure * atoms.get_volume()) / len(atoms) if done else np.nan
    return done, calculator.evaluations - first, enthalpy


def main(file, pressure, names, command):
    warnings.simplefilter("ignore")
    starts = read(file, ":")
    calculator = Piped(command)
    for name in names.split(","):
        calculator.seconds = 0.0
        before = time.process_time()
        ends = [relax(s, calculator, getattr(optimize, name), float(pressure) * units.GPa) for s in starts]
        own = time.process_time() - before - calculator.seconds
        total = sum(e[1] for e in ends)
        needed = sorted(e[1] for e in ends if e[0])
        print(f"ASE {name}: {len(needed)} of {len(ends)} converged, evaluations median {np.median(needed):.0f}, 90 % {needed[9 * len(needed) // 10]}, "
              f"mean of all {total / len(ends):.1f}; ASE's own CPU {1000 * own / total:.3f} ms per evaluation; "
              f"enthalpy mean {np.nanmean([e[2] for e in ends]):.3f} eV/atom", flush=True)
    calculator.server.stdin.close()
    calculator.server.wait()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
