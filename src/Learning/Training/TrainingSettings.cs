using Csp.Physics.Potentials;

namespace Csp.Learning.Training;

/// <summary>How to train. Defaults suit the compact potential on labels of compressed crystals.</summary>
public sealed record TrainingSettings
{
    public static TrainingSettings Default { get; } = new();

    /// <summary>For a foundation model (M3GNet, TensorNet) on a few hundred labels: small steps, small graph calls, replay.</summary>
    public static TrainingSettings FineTuning { get; } = new()
    {
        MaxEpochs = 10,
        MaxSeconds = 1800,
        Patience = 0,
        EvaluateEvery = 1,
        EnergyUnit = 0.03,
        WarmStartLearningRate = 3e-4,
        FinalLearningRate = 0.03,
        WarmUp = 0.05,
        Ema = 0.98,
        GradientClip = 20,
        BatchCost = 6000,
        ReplayWeight = 0.3,
        RefitReferences = true,
    };

    /// <summary>For a graph model (TensorNet) made from nothing: many small steps.</summary>
    public static TrainingSettings FreshGraph { get; } = FineTuning with
    {
        MaxEpochs = 300,
        MaxSeconds = 7200,
        EnergyUnit = 0.015,
        LearningRate = 3e-3,
        BatchStructures = 4,
        RefitReferences = false,
    };

    /// <summary>Family of a fresh model; a parent model brings its own.</summary>
    public string Architecture { get; init; } = "compact";

    /// <summary>Upper limit of passes over the training set.</summary>
    public int MaxEpochs { get; init; } = 400;

    /// <summary>Wall-clock budget; where it does not do for all epochs, fewer are planned and the learning rate follows that plan.</summary>
    public double MaxSeconds { get; init; } = 180;

    /// <summary>Stop when the hold-out has not improved for this many epochs; 0 switches early stopping off.</summary>
    public int Patience { get; init; } = 150;

    /// <summary>
    /// Keep the weights of the last epoch and not those that were best on the hold-out, and never stop early: for data that grow, whose
    /// hold-out is a handful of unlike structures and would reject a fit that is better where it matters.
    /// </summary>
    public bool KeepLast { get; init; }

    /// <summary>What the model is for: structures far above the lowest enthalpy count less. Null = all count alike.</summary>
    public TrainingFocus? Focus { get; init; }

    /// <summary>Epochs between evaluations of the hold-out.</summary>
    public int EvaluateEvery { get; init; } = 5;

    /// <summary>Error that counts as one unit of loss: eV/atom.</summary>
    public double EnergyUnit { get; init; } = 0.01;

    /// <summary>Error that counts as one unit of loss: eV/Å.</summary>
    public double ForceUnit { get; init; } = 0.1;

    /// <summary>Error that counts as one unit of loss: GPa.</summary>
    public double StressUnitGPa { get; init; } = 2;

    /// <summary>Residuals beyond this many units count linearly instead of quadratically (pseudo-Huber).</summary>
    public double RobustUnits { get; init; } = 5;

    /// <summary>A force of this size (eV/Å) has its weight halved: the weight is 1/(1 + (F/F0)²). Structures are weighted by their largest force over 10 F0 in the same way.</summary>
    public double ForceScale { get; init; } = 5;

    public double LearningRate { get; init; } = 5e-3;

    /// <summary>Peak when a parent model is trained on.</summary>
    public double WarmStartLearningRate { get; init; } = 2e-3;

    /// <summary>Learning rate at the end as a fraction of <see cref="LearningRate"/>.</summary>
    public double FinalLearningRate { get; init; } = 0.01;

    /// <summary>Fraction of the schedule that warms up linearly.</summary>
    public double WarmUp { get; init; } = 0.03;

    /// <summary>AdamW: decoupled decay per step and unit of learning rate.</summary>
    public double WeightDecay { get; init; } = 1e-3;

    /// <summary>Exponential moving average of the weights, per step.</summary>
    public double Ema { get; init; } = 0.99;

    /// <summary>Largest norm of the gradient.</summary>
    public double GradientClip { get; init; } = 50;

    /// <summary>Structures per optimiser step.</summary>
    public int BatchStructures { get; init; } = 8;

    /// <summary>Upper limit of the summed <see cref="ITrainableModel.CostOf"/> of one graph call.</summary>
    public int BatchCost { get; init; } = 20_000;

    /// <summary>Fraction of the structures held out, chosen by their hash; 0 trains on everything.</summary>
    public double HoldOut { get; init; } = 0.1;

    /// <summary>
    /// Weights that stay as they are: names, with * for any characters (<c>embedding</c>, <c>block0.*</c>). Nothing is computed for them, so a
    /// model with its first blocks frozen also trains faster.
    /// </summary>
    public IReadOnlyList<string> Frozen { get; init; } = [];

    /// <summary>How much a structure of <see cref="TrainingRequest.Replay"/> or <see cref="TrainingRequest.Taught"/> counts against a labelled one.</summary>
    public double ReplayWeight { get; init; } = 0.3;

    /// <summary>
    /// Shift the reference energies of a parent model to the labels before training: for labels of another code, functional or pseudopotential.
    /// </summary>
    public bool RefitReferences { get; init; }

    /// <summary>Graph calls at the same time.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Float32 unless the last digits matter.</summary>
    public bool DoublePrecision { get; init; }

    /// <summary>These settings, if they make sense.</summary>
    /// <exception cref="PotentialException">One does not; says which.</exception>
    public TrainingSettings Checked()
    {
        (string Name, double Value)[] positive =
        [
            ("epochs", MaxEpochs), ("seconds", MaxSeconds), ("energy unit", EnergyUnit), ("force unit", ForceUnit), ("stress unit", StressUnitGPa),
            ("robust units", RobustUnits), ("force scale", ForceScale), ("learning rate", LearningRate), ("warm-start learning rate", WarmStartLearningRate),
            ("gradient clip", GradientClip), ("batch structures", BatchStructures), ("batch cost", BatchCost), ("threads", Threads), ("epochs between evaluations", EvaluateEvery),
        ];
        foreach ((string name, double value) in positive)
        {
            if (!(value > 0) || !double.IsFinite(value))
                throw new PotentialException($"training: {name} must be a positive number, not {value}");
        }
        if (Focus is { EnthalpyScale: not > 0 } or { PressureGPa: double.NaN })
            throw new PotentialException("training: the enthalpy scale of the focus must be positive, and its pressure a number");
        if (!(ReplayWeight is >= 0 and <= 1))
            throw new PotentialException($"training: replay weight must be in [0, 1], not {ReplayWeight}");
        foreach ((string name, double value) in new[] { ("hold-out", HoldOut), ("warm-up", WarmUp), ("weight average", Ema) })
        {
            if (!(value is >= 0 and < 1))
                throw new PotentialException($"training: {name} must be in [0, 1), not {value}");
        }
        return this;
    }
}
