using System.CommandLine;
using Csp.Host.Configuration;
using Csp.Host.Display;
using Csp.Host.Errors;
using Csp.Host.Runs;
using Csp.Learning.Architectures.TensorNet;
using Csp.Learning.Evaluation;
using Csp.Learning.Inference;
using Csp.Learning.Training;
using Csp.Physics.Crystals;
using Csp.Physics.Files;

namespace Csp.Host.Commands;

/// <summary><c>csp train</c>: a fresh model, one fine-tuned from another, or one distilled from a teacher.</summary>
public static class TrainCommand
{
    public static Command Build()
    {
        Option<string[]> data = new("--data") { Description = "Labelled structures; several files may be given.", Required = true, AllowMultipleArgumentsPerToken = true };
        Option<string?> from = new("--from") { Description = "Model to start from." };
        Option<string> output = CommonOptions.Out("Model file to write.");
        Option<string[]> replay = new("--replay") { Description = "Structures on which the new model stays close to the one of --from.", AllowMultipleArgumentsPerToken = true };
        Option<string[]> taught = new("--taught") { Description = "Structures with labels of another model (csp evaluate --out), trained on beside --data and counted less.", AllowMultipleArgumentsPerToken = true };
        Option<double> replayWeight = new("--replay-weight") { Description = "How much a structure of --replay or --taught counts against one of --data.", DefaultValueFactory = _ => TrainingSettings.Default.ReplayWeight };
        Option<string?> teacher = new("--teacher") { Description = "Potential that labels the data: distillation. Needs no labels in --data." };
        Option<string[]> freeze = new("--freeze") { Description = "Weights of --from that stay as they are, e.g. block0.*", AllowMultipleArgumentsPerToken = true };
        Option<bool> refit = new("--refit-references") { Description = "Shift the reference energies of --from to the data (labels of another code or functional); always for a foundation model." };
        Option<int?> epochs = new("--epochs") { Description = $"Most passes over the data; {TrainingSettings.Default.MaxEpochs}, {TrainingSettings.FineTuning.MaxEpochs} for a foundation model, {TrainingSettings.FreshGraph.MaxEpochs} for a fresh tensornet." };
        Option<double?> seconds = new("--max-seconds") { Description = $"Most wall time; {TrainingSettings.Default.MaxSeconds}, {TrainingSettings.FineTuning.MaxSeconds} for a foundation model, {TrainingSettings.FreshGraph.MaxSeconds} for a fresh tensornet." };
        Option<double?> rate = new("--learning-rate") { Description = $"Peak of the learning rate; {TrainingSettings.Default.LearningRate}, with --from {TrainingSettings.Default.WarmStartLearningRate}, for a foundation model {TrainingSettings.FineTuning.WarmStartLearningRate}, for a fresh tensornet {TrainingSettings.FreshGraph.LearningRate}." };
        Option<double?> energyUnit = CommonOptions.OptionalNumber("--energy-unit", $"Error per atom that counts as one unit of loss, meV; {1000 * TrainingSettings.Default.EnergyUnit:F0}, {1000 * TrainingSettings.FineTuning.EnergyUnit:F0} for a foundation model, {1000 * TrainingSettings.FreshGraph.EnergyUnit:F0} for a fresh tensornet.", Quantity.EnergyMeV);
        Option<double?> forceUnit = CommonOptions.OptionalNumber("--force-unit", $"The same of a force, eV/Å; {TrainingSettings.Default.ForceUnit}.", Quantity.Force);
        Option<double?> stressUnit = CommonOptions.OptionalNumber("--stress-unit", $"The same of a stress, GPa; {TrainingSettings.Default.StressUnitGPa}.", Quantity.Pressure);
        Option<double?> force = CommonOptions.OptionalNumber("--largest-force", "Leave out structures with a larger force on an atom, eV/Å.", Quantity.Force);
        Option<double?> pressure = CommonOptions.OptionalNumber("--largest-pressure", "Leave out structures under a higher pressure, GPa.", Quantity.Pressure);
        Option<double> holdOut = new("--hold-out") { Description = "Share of structures that measures the errors.", DefaultValueFactory = _ => TrainingSettings.Default.HoldOut };
        Option<string[]> heldOut = new("--held-out") { Description = "Labelled structures that are held out beside that share.", AllowMultipleArgumentsPerToken = true };
        Option<int?> batch = new("--batch") { Description = $"Structures per step of the optimiser; {TrainingSettings.Default.BatchStructures}, or {TrainingSettings.FreshGraph.BatchStructures} for a fresh tensornet." };
        Option<(double First, double? Second)?> cutoff = CommonOptions.OneOrTwo("--cutoff", $"Cutoffs of a fresh model, Å: of the two-body sums, and after a colon of the angular ones; 4.8:4, or {TensorNetStart.DefaultSizes.Cutoff} for a tensornet.", Quantity.Length);
        Option<int?> neurons = new("--neurons") { Description = "Hidden neurons per element of a fresh compact model; 30." };
        Option<string> architecture = new("--architecture") { Description = "Family of a fresh model: compact, or tensornet (a hundred times slower).", DefaultValueFactory = _ => TrainingSettings.Default.Architecture };
        Option<int?> channels = new("--channels") { Description = $"Tensors per atom of a fresh tensornet; {TensorNetStart.DefaultChannels}." };
        Option<int> committee = new("--committee") { Description = "Models to train, with seeds from --seed on; written with -1, -2, … before the extension of --out.", DefaultValueFactory = _ => 1 };
        Option<bool> keepLast = new("--keep-last") { Description = "Train to the end and keep those weights; the hold-out then only measures errors and uncertainty, and does not stop the training." };
        Option<bool> resume = new("--resume") { Description = "Go on with the same training, interrupted earlier, from the state that it left beside --out (--out with .state at the end)." };
        Option<ulong> seed = CommonOptions.Seed();
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        Command command = new("train", "Train a potential on labelled structures.")
        {
            data, force, pressure, from, replay, taught, replayWeight, teacher, freeze, refit, output, epochs, seconds, rate, energyUnit, forceUnit, stressUnit,
            batch, architecture, cutoff, neurons, channels, committee, holdOut, heldOut, keepLast, resume, seed, threads, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            (byte[]? parent, ModelHeader? header, ITrainableArchitecture? family) = parsed.GetValue(from) is string parentFile ? ModelBytes.Read(parentFile, Parent) : (null, null, null);
            FreshModel fresh = new(parsed.GetValue(architecture)!, parsed.GetValue(cutoff), parsed.GetValue(neurons), parsed.GetValue(channels));
            if (parent is not null && !fresh.IsDefault)
                throw new CommandException("--architecture, --cutoff, --neurons and --channels are for fresh models; one that starts from --from keeps its sizes");
            ITrainableArchitecture chosen = family ?? fresh.Family();
            TrainingSettings start = chosen.Name == TrainingSettings.Default.Architecture ? TrainingSettings.Default
                : parent is null ? TrainingSettings.FreshGraph
                : TrainingSettings.FineTuning;
            TrainingSettings settings = start with
            {
                MaxEpochs = parsed.GetValue(epochs) ?? start.MaxEpochs,
                MaxSeconds = parsed.GetValue(seconds) ?? start.MaxSeconds,
                LearningRate = parsed.GetValue(rate) ?? start.LearningRate,
                WarmStartLearningRate = parsed.GetValue(rate) ?? start.WarmStartLearningRate,
                EnergyUnit = parsed.GetValue(energyUnit) / 1000 ?? start.EnergyUnit,
                ForceUnit = parsed.GetValue(forceUnit) ?? start.ForceUnit,
                StressUnitGPa = parsed.GetValue(stressUnit) ?? start.StressUnitGPa,
                BatchStructures = parsed.GetValue(batch) ?? start.BatchStructures,
                HoldOut = parsed.GetValue(holdOut),
                KeepLast = parsed.GetValue(keepLast),
                ReplayWeight = parsed.GetValue(replayWeight),
                Frozen = parsed.GetValue(freeze) ?? [],
                RefitReferences = start.RefitReferences || parsed.GetValue(refit),
                Threads = CommonOptions.ThreadsOf(parsed.GetValue(threads)),
            };
            if (settings.MaxEpochs < 1 || !(settings.MaxSeconds > 0) || settings.HoldOut is not (>= 0 and <= 0.5))
                throw new CommandException("--epochs and --max-seconds must be positive, and --hold-out must lie between 0 and 0.5");
            int members = parsed.GetValue(committee);
            if (settings.BatchStructures < 1 || members is < 1 or > 100)
                throw new CommandException("--batch must be positive, and --committee must lie between 1 and 100");
            if (parent is null && (parsed.GetValue(replay) is { Length: > 0 } || settings.Frozen.Count > 0 || parsed.GetValue(refit)))
                throw new CommandException("--replay, --freeze and --refit-references need a model to start from (--from)");
            string[] outputs = OutputsOf(parsed.GetRequiredValue(output), members);
            List<Frame> all = parsed.GetValue(teacher) is string name
                ? Taught(name, parsed.GetRequiredValue(data), settings.Threads, cancellation)
                : Labelled(parsed.GetRequiredValue(data), header);
            List<Frame> frames = WithinLimits(all, parsed.GetValue(force), parsed.GetValue(pressure));
            Crystal[] replayed = [.. (parsed.GetValue(replay) ?? []).SelectMany(Structures.Read).Select(f => f.Crystal)];
            List<Frame> lessons = parsed.GetValue(taught) is { Length: > 0 } files ? WithinLimits(Labelled(files, header), parsed.GetValue(force), parsed.GetValue(pressure)) : [];
            List<Frame> apart = Labelled(parsed.GetValue(heldOut) ?? [], header);
            StateFile[] states = [.. outputs.Select(o => new StateFile(o))];
            if (parsed.GetValue(resume) && !states.Any(s => s.Exists))
                throw new CommandException($"there is no training to resume: {states[0].Path} does not exist");
            for (int member = 0; member < members; member++)
            {
                TrainingRequest request = new(frames, parent, settings, parsed.GetValue(seed) + (ulong)member) { Replay = replayed, Taught = lessons, HeldOut = apart };
                request = request with { Checkpoint = states[member].Keep, State = parsed.GetValue(resume) ? states[member].Read() : null };
                Run(request, chosen, outputs[member], states[member], parsed.GetValue(json), cancellation);
            }
            // Not before: the states of a committee tell which of its members are complete.
            foreach (StateFile state in states)
                state.Delete();
            return Task.FromResult(0);
        });
        return command;
    }

    private static (byte[]?, ModelHeader?, ITrainableArchitecture?) Parent(byte[] bytes)
    {
        // Read to the end before anything is done with the data.
        ModelHeader header = PotentialFile.Info(bytes);
        ITrainableArchitecture family = TrainableArchitectures.Of(bytes);
        _ = family.Load(bytes, []);
        return (bytes, header, family);
    }

    private static string[] OutputsOf(string file, int members)
    {
        string[] outputs = members == 1 ? [file] : [.. Enumerable.Range(1, members).Select(m => Path.ChangeExtension(file, null) + $"-{m}{Path.GetExtension(file)}")];
        // Said before the training and not after it.
        return Array.Find(outputs, Directory.Exists) is string folder ? throw new CommandException($"{folder} cannot be written: it is a folder") : outputs;
    }

    private static List<Frame> Labelled(string[] data, ModelHeader? parent)
    {
        List<Frame> frames = [];
        foreach (string file in data)
        {
            IReadOnlyList<Frame> read = Structures.Read(file);
            int unlabelled = read.ToList().FindIndex(f => f.Energy is null);
            if (unlabelled >= 0)
                throw new CommandException($"{file}, structure {unlabelled + 1} has no energy to train on");
            if (parent is not null)
                Structures.CheckElements(file, read, e => parent.Species.Contains(e.Symbol), "of --from");
            frames.AddRange(read);
        }
        return frames;
    }

    /// <summary>Collapsed and torn structures of a search say little about crystals, and scales and errors are better without them.</summary>
    private static List<Frame> WithinLimits(List<Frame> frames, double? force, double? pressureGPa)
    {
        List<Frame> kept = frames.FindAll(f =>
            !(f.Forces is double[] forces && Enumerable.Range(0, f.Crystal.Count).Any(i => Vec3.At(forces, i).Norm > force))
            && !(f.Stress is Mat3 stress && -stress.Trace / 3 * Units.EvPerCubicAngstromInGPa > pressureGPa));
        if (kept.Count < frames.Count)
            Console.Error.WriteLine($"csp: {frames.Count - kept.Count} of {frames.Count} structures are left out for their force or pressure");
        return kept.Count > 0 ? kept : throw new CommandException("--largest-force and --largest-pressure leave no structure to train on");
    }

    private static List<Frame> Taught(string teacher, string[] data, int threads, CancellationToken cancellation) =>
        [.. Distillation.Label(ModelBytes.Potential(teacher), [.. data.SelectMany(Structures.Read).Select(f => f.Crystal)], threads, cancellation)];

    private static void Run(TrainingRequest request, ITrainableArchitecture architecture, string output, StateFile state, bool json, CancellationToken cancellation)
    {
        TrainingResult result;
        using (ProgressLine line = new())
        {
            try
            {
                result = PotentialTrainer.Train(request, architecture, new Shown(line), cancellation);
            }
            catch (OperationCanceledException)
            {
                state.Write();
                if (state.Exists)
                    Console.Error.WriteLine($"csp: the same command with --resume goes on from {state.Path}");
                throw;
            }
            state.Write();
        }
        ModelBytes.Write(output, result.ModelBytes);
        if (json)
        {
            Console.WriteLine(JsonText.Of(new { result.Training, result.HoldOut, result.HoldOutBefore, result.Epochs, result.Seconds, Bytes = result.ModelBytes.Length, Out = output }));
            return;
        }
        ErrorRow[] rows = [new("training", result.Training), new("hold-out", result.HoldOut)];
        Console.WriteLine(ErrorsOf(request.ParentModel is null ? rows : [.. rows, new("hold-out before", result.HoldOutBefore)]));
        Console.WriteLine(FormattableString.Invariant($"{result.Epochs} epochs in {result.Seconds:0.0} s, written to {output} ({result.ModelBytes.Length} bytes)"));
    }

    /// <summary>Errors as a table: energies, forces, stresses; mean absolute and root mean square.</summary>
    internal static string ErrorsOf(IEnumerable<ErrorRow> rows) => TextTable.Format(
        ["", "structures", "E MAE meV/atom", "E RMSE", "F MAE eV/Å", "F RMSE", "S MAE GPa", "S RMSE"], [.. rows.Select(r => Row(r.Group, r.Errors))]);

    private static IReadOnlyList<string> Row(string name, TrainingErrors e) =>
    [
        name, Text($"{e.Structures}"), Text($"{e.EnergyMaeMev:0.00}"), Text($"{e.EnergyRmseMev:0.00}"), Text($"{e.ForceMae:0.0000}"), Text($"{e.ForceRmse:0.0000}"),
        Text($"{e.StressMaeGPa:0.000}"), Text($"{e.StressRmseGPa:0.000}"),
    ];

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private sealed class Shown(ProgressLine line) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress p) => line.Show(FormattableString.Invariant(
            $"epoch {p.Epoch} of {p.Epochs}, loss {p.Loss:0.000}, hold-out {p.HoldOut.EnergyMaeMev:0.0} meV/atom {p.HoldOut.ForceMae:0.000} eV/Å, {p.Seconds:0} s"));
    }
}
