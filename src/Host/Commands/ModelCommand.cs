using System.CommandLine;
using Csp.Host.Runs;
using Csp.Learning.Checkpoints;
using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using Csp.Learning.Training;

namespace Csp.Host.Commands;

/// <summary><c>csp model</c>: what a model file is and where it comes from.</summary>
public static class ModelCommand
{
    public static Command Build() => new("model", "Model files: what they are, in and out.") { Info(), Import(), Export() };

    private static Command Import()
    {
        Argument<string> file = new("FILE") { Description = "MatterSim checkpoint (.pth), or folder with a potential of matgl (model.json or config.json, and state.pt or model.safetensors)." };
        Option<string> output = CommonOptions.Out("Folder for the imported model; then --model FOLDER everywhere.");
        Command command = new("import", "Import the published weights of a foundation model.") { file, output };
        command.SetAction(parsed =>
        {
            string written = ModelImporter.Import(parsed.GetRequiredValue(file), parsed.GetRequiredValue(output));
            return Print(written, json: false);
        });
        return command;
    }

    private static Command Export()
    {
        Argument<string> file = new("FILE") { Description = "Model file or folder; several with commas between them are written as one committee." };
        Option<string> onnx = new("--onnx") { Description = "ONNX file to write (docs/onnx-interface.md).", Required = true };
        Option<bool> single = new("--float32") { Description = "Single precision." };
        Option<int> batch = new("--batch") { Description = "Crystals that one call takes.", DefaultValueFactory = _ => 1 };
        batch.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<int>() is < 1 or > 10_000)
                r.AddError("--batch must lie between 1 and 10000");
        });
        Command command = new("export", "Write a model as an ONNX file that any ONNX Runtime can use.") { file, onnx, single, batch };
        command.SetAction(parsed =>
        {
            byte[][] models = [.. ModelBytes.Names(parsed.GetRequiredValue(file)).Select(f => ModelBytes.Read(f, Checked))];
            byte[] exported = PotentialFile.ToOnnx(models, parsed.GetValue(single) ? Precision.Float32 : Precision.Float64, parsed.GetValue(batch));
            ModelBytes.Write(parsed.GetRequiredValue(onnx), exported);
            Console.WriteLine($"{exported.Length} bytes written to {parsed.GetRequiredValue(onnx)}");
            return 0;
        });
        return command;
    }

    private static byte[] Checked(byte[] model)
    {
        _ = PotentialFile.Info(model);
        return model;
    }

    private static Command Info()
    {
        Argument<string> file = new("FILE") { Description = "Model file." };
        Option<bool> json = CommonOptions.Json();
        Command command = new("info", "Architecture, elements, provenance and errors of a model file.") { file, json };
        command.SetAction(parsed => Print(parsed.GetRequiredValue(file), parsed.GetValue(json)));
        return command;
    }

    private static int Print(string file, bool json) =>
        ModelBytes.Read(file, bytes => OnnxPotential.Recognizes(bytes) ? PrintOnnx(bytes, json) : Print(bytes, json));

    private static int PrintOnnx(byte[] bytes, bool json)
    {
        using OnnxPotential potential = (OnnxPotential)PotentialFile.FromBytes(bytes);
        string[] elements = [.. potential.Elements.Select(e => e.Symbol)];
        if (json)
        {
            Console.WriteLine(JsonText.Of(new { Architecture = "onnx", potential.Name, Species = elements, potential.Cutoff, potential.Batch, Committee = potential.IsCommittee, Bytes = bytes.Length }));
            return 0;
        }
        Console.WriteLine($"architecture  ONNX, {potential.Name}{(potential.IsCommittee ? ", a committee" : "")}");
        Console.WriteLine($"elements      {string.Join(" ", elements)}");
        Console.WriteLine(FormattableString.Invariant($"cutoff        {potential.Cutoff} Å, {potential.Batch} {(potential.Batch == 1 ? "crystal" : "crystals")} per call, {bytes.Length} bytes"));
        return 0;
    }

    private static int Print(byte[] bytes, bool json)
    {
        ModelHeader header = PotentialFile.Info(bytes);
        if (json)
        {
            Console.WriteLine(JsonText.Of(new { header.Architecture, header.Species, header.Settings, header.Provenance, header.Source, header.CreatedBy, Bytes = bytes.Length, Sha256 = PotentialFile.Hash(bytes) }));
            return 0;
        }
        Console.WriteLine($"architecture  {header.Architecture}");
        Console.WriteLine($"elements      {string.Join(" ", header.Species)}");
        Console.WriteLine($"settings      {header.Settings.GetRawText()}");
        Console.WriteLine($"written by    {header.CreatedBy}, {bytes.Length} bytes, sha256 {PotentialFile.Hash(bytes)}");
        if (header.Source is string source)
            Console.WriteLine($"imported from {source}");
        if (header.Provenance is ModelProvenance p)
        {
            Console.WriteLine($"trained on    {p.TrainingStructures} structures{(p.ModelLabelledStructures > 0 ? $" and {p.ModelLabelledStructures} with labels of a model" : "")}, {p.HoldOutStructures} held out, data {p.DataHash}, seed {p.Seed}");
            Console.WriteLine($"parent        {p.ParentHash ?? "none"}");
            Console.WriteLine($"training      {p.Training}");
            Console.WriteLine($"hold-out      {p.HoldOut}");
        }
        return 0;
    }
}
