using System.Collections.Immutable;
using System.Net;
using Csp.Actors.Population;
using Csp.Actors.Runs;
using Csp.Physics.Crystals;
using Csp.Physics.Search.Prototypes;
using Csp.Physics.Symmetry;

namespace Csp.Host.Configuration;

/// <summary>A configuration file as settings: the run, this process in the cluster, and the port of the status page.</summary>
/// <param name="Run">Its <see cref="RunSettings.RunFolder"/> is the folder given to <see cref="Bind"/>.</param>
/// <param name="Cluster">This process.</param>
/// <param name="HttpPort">0 = any free port.</param>
public sealed record RunConfiguration(RunSettings Run, ClusterSettings Cluster, int HttpPort)
{
    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="ConfigurationException">Missing, malformed, an unknown key, a value that is out of range.</exception>
    public static RunConfiguration Load(string path, string runFolder) => Bind(SettingsSource.FromFile(path), runFolder);

    public static RunConfiguration Bind(SettingsSource source, string runFolder)
    {
        (string formula, double pressure) = SubjectOf(source);
        RunSettings run = new()
        {
            Formula = formula,
            FormulaUnits = [.. source.Wholes("crystal.formula-units", 1, 64).Distinct().Order()],
            PressureGPa = pressure,
            Seed = source.Seed("run.seed"),
            WallBudget = source.Duration("run.wall-budget", TimeSpan.FromSeconds(10)),
            RunFolder = Path.GetFullPath(runFolder),
            Search = SearchOf(source),
            Relaxation = new RelaxationPlan
            {
                ForceTolerance = source.Number("relaxation.force-tolerance", Quantity.Force, 1e-6, 1),
                StressToleranceGPa = source.Number("relaxation.stress-tolerance", Quantity.Pressure, 1e-5, 50),
                MaxEvaluations = source.Whole("relaxation.max-evaluations", 1, 100_000),
                MaxUncertainty = source.OptionalNumber("relaxation.max-uncertainty", Quantity.Plain, 0),
            },
            Labels = LabelsOf(source),
            Dft = DftOf(source),
            Training = new TrainingPlan
            {
                Epochs = source.Whole("training.epochs", 1, 1_000_000),
                MaxTime = source.Duration("training.max-time", TimeSpan.FromSeconds(1)),
                HoldOut = source.Number("training.hold-out", Quantity.Plain, 0, 0.5),
                Cutoff = source.Number("training.cutoff", Quantity.Length, 1, 12),
                Parent = ModelFileOf(source, "training.parent"),
                Data = [.. source.Texts("training.data").Select(file => Existing(source, "training.data", file))],
                Frozen = source.Flag("training.frozen"),
            },
            Sscha = SschaOf(source),
        };
        if (run is { Labels.Initial: 0, Training: { Parent: null, Data.IsEmpty: true } })
            throw source.Wrong("labels.initial", "can be 0 only with training.parent or training.data: without labels there is no first model");
        CheckPrototypes(run, source);
        RunConfiguration configuration = new(run, ClusterOf(source), source.Whole("http.port", 0, 65535));
        source.RefuseUnknownKeys();
        return configuration;
    }

    /// <summary>What a run is about; needs none of the files that the configuration names.</summary>
    public static (string Formula, double PressureGPa) SubjectOf(SettingsSource source) =>
        (FormulaOf(source), source.Number("crystal.pressure", Quantity.Pressure, -20, 10_000));

    private static string FormulaOf(SettingsSource source)
    {
        const string Key = "crystal.formula";
        try
        {
            Composition composition = Composition.Parse(source.Text(Key).Trim());
            return composition.Reduced.ToString();
        }
        catch (FormatException e)
        {
            throw source.Wrong(Key, $"is wrong: {e.Message}", e);
        }
    }

    private static SearchPlan SearchOf(SettingsSource source)
    {
        double min = source.Number("search.volume-per-atom.min", Quantity.Volume, 0.5, 1000);
        double max = source.Number("search.volume-per-atom.max", Quantity.Volume, 0.5, 1000);
        if (max < min)
            throw source.Wrong("search.volume-per-atom.max", FormattableString.Invariant($"must not be below the smallest volume ({min} Å^3)"));
        return new SearchPlan
        {
            Structures = source.Whole("search.structures", 1),
            StallAfter = source.Whole("search.stall-after"),
            PoolSize = source.Whole("search.pool-size", 2, 100_000),
            WindowMeV = source.Number("search.window", Quantity.EnergyMeV, 0.1, 10_000),
            RandomShare = source.Number("search.random-share", Quantity.Plain, 0, 1),
            Groups = GroupsOf(source),
            MinVolumePerAtom = min,
            MaxVolumePerAtom = max,
            MinDistanceFactor = source.Number("search.min-distance-factor", Quantity.Plain, 0.1, 2),
            Seeds = [.. source.Texts("search.seeds").Select(path => Existing(source, "search.seeds", path))],
            Prototypes = source.Texts("search.prototypes"),
        };
    }

    private static void CheckPrototypes(RunSettings run, SettingsSource source)
    {
        if (run.Search.Prototypes.IsEmpty)
            return;
        try
        {
            PrototypeLibrary.Seeds(string.Join(',', run.Search.Prototypes), SearchPlanning.SearchOf(run));
        }
        catch (FormatException e)
        {
            throw source.Wrong("search.prototypes", $"is wrong: {e.Message}", e);
        }
    }

    private static ImmutableArray<int> GroupsOf(SettingsSource source)
    {
        const string Key = "search.groups";
        try
        {
            return SpaceGroup.ParseList(source.Text(Key));
        }
        catch (FormatException e)
        {
            throw source.Wrong(Key, $"is wrong: {e.Message}", e);
        }
    }

    private static LabelPlan LabelsOf(SettingsSource source)
    {
        int budget = source.Whole("labels.budget", 1, 10_000_000);
        int initial = source.Whole("labels.initial");
        int final = source.Whole("labels.final");
        int ensemble = source.Whole("labels.ensemble");
        if (initial + final + ensemble > budget)
            throw source.Wrong("labels.budget", $"is too small: {budget} labels cannot hold {initial} initial, {final} final and {ensemble} ensemble labels");
        return new LabelPlan
        {
            Budget = budget,
            Initial = initial,
            PerModel = source.Whole("labels.per-model", 1),
            Final = final,
            Ensemble = ensemble,
            MaxAtoms = source.Whole("labels.max-atoms", 1, 1000),
            RattledShare = source.Number("labels.rattled-share", Quantity.Plain, 0, 1),
            Potential = ModelFileOf(source, "labels.potential"),
        };
    }

    public static DftPlan DftOf(SettingsSource source) => new()
    {
        Pw = source.Text("dft.pw"),
        GthFile = source.Text("dft.gth-file"),
        CutoffRy = source.Number("dft.cutoff", Quantity.EnergyRy, 10, 1000),
        KSpacing = source.Number("dft.k-spacing", Quantity.InverseLength, 0.01, 10),
        SmearingRy = source.Number("dft.smearing", Quantity.EnergyRy, 1e-4, 0.5),
        Processes = source.Whole("dft.processes", 1, 4096),
        Timeout = source.Duration("dft.timeout", TimeSpan.FromSeconds(1)),
        Store = Path.GetFullPath(source.Text("dft.store")),
    };

    private static SschaPlan SschaOf(SettingsSource source)
    {
        ImmutableArray<int> supercell = source.Wholes("sscha.supercell", 1, 12);
        if (supercell.Length != 3)
            throw source.Wrong("sscha.supercell", "needs three whole numbers, as in [2, 2, 2]");
        return new SschaPlan
        {
            Candidates = source.Whole("sscha.candidates", 0, 1000),
            WindowMeV = source.Number("sscha.window", Quantity.EnergyMeV, 0, 10_000),
            Supercell = supercell,
            TemperatureK = source.Number("sscha.temperature", Quantity.Temperature, 0, 20_000),
            Population = source.Whole("sscha.population", 10, 1_000_000),
            MaxIterations = source.Whole("sscha.max-iterations", 1, 1000),
        };
    }

    public static ClusterSettings ClusterOf(SettingsSource source)
    {
        string journal = source.Text("cluster.journal.kind");
        string connection = source.Text("cluster.journal.connection");
        if (journal is not ("sqlite" or "postgresql"))
            throw source.Wrong("cluster.journal.kind", $"must be sqlite or postgresql, not '{journal}'");
        if (journal == "postgresql" && connection.Length == 0)
            throw source.Wrong("cluster.journal.connection", "is needed with postgresql");
        if (journal == "postgresql" && source.OptionalText("cluster.journal.driver") is null)
            throw source.Wrong("cluster.journal.driver", "is needed with postgresql: the file Npgsql.dll, which does not come with csp");
        ClusterSettings cluster = new()
        {
            HostName = source.Text("cluster.host"),
            Port = source.Whole("cluster.port", 0, 65535),
            Seeds = source.Texts("cluster.seeds"),
            Slots = new WorkerSlots(
                source.Whole("cluster.slots.relaxer", 0, 1024), source.Whole("cluster.slots.labeler", 0, 1024),
                source.Whole("cluster.slots.trainer", 0, 1024), source.Whole("cluster.slots.ensemble", 0, 1024)),
            Lease = source.Duration("cluster.lease", TimeSpan.FromSeconds(1)),
            StableAfter = source.Duration("cluster.stable-after", TimeSpan.FromSeconds(1)),
            MaxFrameBytes = (int)source.Number("cluster.max-frame", Quantity.Bytes, 64_000, 512e6),
            Journal = journal,
            JournalConnection = connection,
            JournalDriver = ExistingFile(source, "cluster.journal.driver") ?? "",
            Tls = TlsOf(source),
            Bind = source.OptionalText("cluster.bind") ?? "",
            Secret = ExistingFile(source, "cluster.secret-file") is string secret ? SecretOf(secret) ?? throw source.Wrong("cluster.secret-file", "names an empty file") : "",
        };
        if (cluster.Bind.Length > 0 && (!IPEndPoint.TryParse(cluster.Bind, out IPEndPoint? bind) || bind.Port == 0 || cluster.Port == 0))
            throw source.Wrong("cluster.bind", $"needs ADDRESS:PORT, and cluster.port the port to be reached at, not '{cluster.Bind}' and {cluster.Port}");
        if (!Loopback.Is(cluster.HostName) && cluster.Tls is null)
            throw source.Wrong("cluster.host", $"is {cluster.HostName}, which is not a loopback address: that needs cluster.tls");
        if (cluster.Bind.Length > 0 && !Loopback.Is(IPEndPoint.Parse(cluster.Bind).Address.ToString()) && cluster.Tls is null)
            throw source.Wrong("cluster.bind", $"is {cluster.Bind}, which is not a loopback address: that needs cluster.tls");
        return cluster;
    }

    /// <summary>The first line of a file; null when it is empty.</summary>
    public static string? SecretOf(string file) => File.ReadLines(file).FirstOrDefault()?.Trim() is { Length: > 0 } secret ? secret : null;

    private static TlsSettings? TlsOf(SettingsSource source)
    {
        string? certificate = ExistingFile(source, "cluster.tls.certificate");
        string? password = ExistingFile(source, "cluster.tls.password-file");
        string? authority = ExistingFile(source, "cluster.tls.authority");
        if (certificate is null)
            return null;
        return new TlsSettings(certificate, password, authority
            ?? throw source.Wrong("cluster.tls.authority", "is needed when cluster.tls.certificate is set"));
    }

    /// <summary>A model file, also by the folder that an import left it in.</summary>
    private static string? ModelFileOf(SettingsSource source, string key) =>
        source.OptionalText(key) is string path ? Commands.ModelBytes.FileOf(Existing(source, key, path)) : null;

    private static string? ExistingFile(SettingsSource source, string key)
    {
        if (source.OptionalText(key) is not string path)
            return null;
        return Existing(source, key, path);
    }

    private static string Existing(SettingsSource source, string key, string path) =>
        File.Exists(source.PathOf(path)) || Directory.Exists(source.PathOf(path)) ? source.PathOf(path) : throw source.Wrong(key, $"names '{path}', which does not exist");
}
