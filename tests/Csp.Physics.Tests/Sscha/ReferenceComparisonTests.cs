using System.Text.Json;
using Csp.Physics.Sscha.Reference;
using Csp.Tests;
using Xunit;

namespace Csp.Physics.Tests.Sscha;

/// <summary>Every number that the reference folders hold, file by file and field by field, against what <see cref="SschaReference"/> writes.</summary>
public sealed class ReferenceComparisonTests
{
    private static readonly Dictionary<string, (double Relative, double Absolute)> Tolerances = new()
    {
        ["frequencies_cm1_per_q"] = (0, 1e-4),
        ["frequencies_cm1"] = (0, 1e-4),
        ["supercell_frequencies_Ry"] = (0, 1e-9),
        // The reference's prefactor holds a third Boltzmann constant.
        ["rho"] = (2e-6, 0),
        ["centroid_force_err_Ry_per_A"] = (1e-6, 1e-13),
        // The reference cancels energies of -144 Ry here and keeps eight digits.
        ["mean_V_minus_Vharm_err_Ry"] = (2e-8, 0),
        ["F_sscha_err_supercell_Ry"] = (2e-8, 0),
        ["F_sscha_err_per_cell_Ry"] = (2e-8, 0),
        // Interpolated frequencies hang on the reference's q points, which have eight digits.
        ["F_harm_per_cell_fine_Ry"] = (1e-7, 0),
        ["centroid_force_Ry_per_A"] = (1e-9, 1e-13),
        ["vector_symmetrized"] = (1e-9, 1e-13),
    };

    private static readonly HashSet<string> Informational =
    [
        "settings", "steps", "trajectory", "wall_s_this_machine", "final_gc", "final_gw_A", "converged", "q_points_inv_A", "note",
        "gradient_unprec_peer_raw_supercell", "fc_supercell_input", "vector_input",
    ];

    public static TheoryData<string> Systems => ["ice_xi_dft", "neon_lj_fcc", "rocksalt_doublewell"];

    [Theory]
    [MemberData(nameof(Systems))]
    public void Reference_numbers_are_reproduced(string system)
    {
        string folder = SharedData.Require("reference", "sscha", system);
        string output = Directory.CreateTempSubdirectory("csp-sscha-").FullName;
        List<string> wrong = [];
        try
        {
            SschaReference.Evaluate(folder, output);
            foreach (string file in Directory.EnumerateFiles(output, "*.json").Order())
            {
                string name = Path.GetFileName(file);
                if (!File.Exists(Path.Combine(folder, name)))
                    continue;
                using JsonDocument expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, name)));
                using JsonDocument actual = JsonDocument.Parse(File.ReadAllText(file));
                foreach (JsonProperty field in expected.RootElement.EnumerateObject())
                {
                    if (Informational.Contains(field.Name))
                        continue;
                    Assert.True(actual.RootElement.TryGetProperty(field.Name, out JsonElement ours), $"{name} lacks {field.Name}");
                    (double relative, double absolute) = Tolerance(name, field.Name);
                    Compare(field.Value, ours, relative, absolute, $"{name}/{field.Name}", wrong);
                }
            }
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static (double Relative, double Absolute) Tolerance(string file, string field)
    {
        bool atFixedPoint = file.Contains("minimized") || file.Contains("hessian");
        if (atFixedPoint)
        {
            return field switch
            {
                "dynq" or "fc_supercell" or "fc_supercell_hessian" or "gradient_prec_symmetrized_q_Ry_bohr2" => (0, 2e-6),
                "frequencies_cm1_per_q" => (0, 1e-2),
                "F_sscha_supercell_Ry" or "F_sscha_per_cell_Ry" => (0, 1e-9),
                "centroids_A" => (0, 1e-6),
                "gradient_prec_sym_fro_supercell_Ry_bohr2" => (0, 1e-7),
                "rho" => (1e-4, 0),
                _ => (1e-5, 1e-9),
            };
        }
        return Tolerances.TryGetValue(field, out (double, double) special) ? special : (1e-9, 0);
    }

    private static void Compare(JsonElement expected, JsonElement actual, double relative, double absolute, string where, List<string> wrong)
    {
        double scale = 0, worst = 0;
        Walk(expected, actual, (e, a, _) => scale = Math.Max(scale, Math.Abs(e)), where);
        string place = "";
        Walk(expected, actual, (e, a, path) =>
        {
            // Elements of a matrix are judged by the largest of the matrix. Where q = -q the reference leaves 1e-8 of phase noise in the imaginary part.
            double noise = path.Contains(".im[") ? 20 : 1;
            double error = Math.Abs(e - a) / (noise * relative * scale + absolute + 1e-300);
            if (error > worst || double.IsNaN(error))
                (worst, place) = (double.IsNaN(error) ? double.PositiveInfinity : error, $"{path}: {a:R} instead of {e:R}");
        }, where);
        if (worst > 1)
            wrong.Add($"{place} ({worst:G3} times the tolerance)");
    }

    private static void Walk(JsonElement expected, JsonElement actual, Action<double, double, string> visit, string path)
    {
        switch (expected.ValueKind)
        {
            case JsonValueKind.Number:
                visit(expected.GetDouble(), actual.GetDouble(), path);
                break;
            case JsonValueKind.Array:
                Assert.True(expected.GetArrayLength() == actual.GetArrayLength(), $"{path} has {actual.GetArrayLength()} entries instead of {expected.GetArrayLength()}");
                for (int i = 0; i < expected.GetArrayLength(); i++)
                    Walk(expected[i], actual[i], visit, $"{path}[{i}]");
                break;
            case JsonValueKind.Object:
                foreach (JsonProperty property in actual.EnumerateObject())
                    Walk(expected.GetProperty(property.Name), property.Value, visit, $"{path}.{property.Name}");
                break;
            default:
                Assert.Equal(expected.ToString(), actual.ToString());
                break;
        }
    }
}
