using Csp.Actors.Runs;

namespace Csp.Actors.Tests;

/// <summary>A search for Lennard-Jones argon whose every number is computed by a formula: real work that costs milliseconds.</summary>
internal static class RunSettingsExample
{
    public const string Argon = """{"lennard-jones":{"element":"Ar","epsilon":0.0104,"sigma":3.4}}""";

    public static RunSettings ArgonSearch(string folder, int structures, bool frozen = true)
    {
        Directory.CreateDirectory(folder);
        string model = Path.Combine(folder, "argon.json");
        File.WriteAllText(model, Argon);
        return new RunSettings
        {
            Formula = "Ar",
            FormulaUnits = [1, 2, 4],
            PressureGPa = 1,
            Seed = 7,
            WallBudget = TimeSpan.FromMinutes(5),
            RunFolder = Path.Combine(folder, "run"),
            Search = new SearchPlan
            {
                Structures = structures,
                StallAfter = 0,
                PoolSize = 20,
                WindowMeV = 50,
                RandomShare = 0.3,
                Groups = [.. Enumerable.Range(1, 230)],
                MinVolumePerAtom = 25,
                MaxVolumePerAtom = 50,
                MinDistanceFactor = 0.8,
            },
            Relaxation = new RelaxationPlan { ForceTolerance = 1e-3, StressToleranceGPa = 0.02, MaxEvaluations = 200 },
            Labels = new LabelPlan { Budget = frozen ? 4 : 30, Initial = frozen ? 0 : 12, PerModel = 6, Final = 4, Ensemble = 0, Potential = model },
            Dft = new DftPlan
            {
                Pw = "pw.x",
                GthFile = "/nowhere",
                CutoffRy = 40,
                KSpacing = 0.5,
                SmearingRy = 0.02,
                Processes = 1,
                Timeout = TimeSpan.FromMinutes(1),
                Store = Path.Combine(folder, "store"),
            },
            Training = new TrainingPlan
            {
                Epochs = 40,
                MaxTime = TimeSpan.FromSeconds(10),
                HoldOut = 0.1,
                Cutoff = 5,
                Parent = frozen ? model : null,
                Frozen = frozen,
            },
            Sscha = new SschaPlan { Candidates = 0, WindowMeV = 20, Supercell = [2, 2, 2], TemperatureK = 0, Population = 100, MaxIterations = 5 },
        };
    }

    public static ClusterSettings OneProcess { get; } = new()
    {
        HostName = "127.0.0.1",
        Port = 0,
        Slots = new WorkerSlots(1, 1, 1, 1),
        Lease = TimeSpan.FromSeconds(10),
        StableAfter = TimeSpan.FromSeconds(10),
        MaxFrameBytes = 1_000_000,
        Journal = "sqlite",
        JournalConnection = "",
    };
}
