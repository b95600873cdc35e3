using Csp.Learning.Graphs;

namespace Csp.Learning.Tests.Graphs;

/// <summary>No operation without a test: every kind of node stands in a case of <see cref="OperationCases"/>, between x and what is differentiated.</summary>
public class OperationCoverageTests
{
    [Fact]
    public void Every_operation_is_differentiated_twice_in_some_case()
    {
        HashSet<string> tested = [];
        foreach (string name in OperationCases.All.Keys)
        {
            (Tensor x, Tensor value, _, _, _) = OperationCases.Build(name);
            Graph graph = value.Graph;
            bool[] reached = graph.Reachable([value], value.Id + 1), depends = new bool[value.Id + 1];
            for (int id = 0; id <= value.Id; id++)
            {
                Tensor node = graph[id];
                depends[id] = node == x || node.Inputs.Any(i => depends[i.Id]);
                // Numbers, sizes and inputs have no gradient of their own.
                if (reached[id] && (depends[id] || node.Operation is Operation.Constant or Operation.SizeOf))
                    tested.Add(NameOf(node.Operation));
            }
        }
        IEnumerable<string> all = typeof(Operation).GetNestedTypes().Where(t => t.IsSubclassOf(typeof(Operation))).SelectMany(t =>
            t == typeof(Operation.Unary) ? Enum.GetNames<UnaryKind>()
            : t == typeof(Operation.Binary) ? Enum.GetNames<BinaryKind>()
            : [t.Name]);
        Assert.Equal(all.Order(), tested.Order());
    }

    [Fact]
    public void Every_product_is_tested_with_and_without_transposition()
    {
        HashSet<(int, bool, bool)> tested = [.. OperationCases.All.Keys.SelectMany(name =>
        {
            Tensor value = OperationCases.Build(name).Value;
            bool[] reached = value.Graph.Reachable([value], value.Id + 1);
            return Enumerable.Range(0, value.Id + 1).Where(id => reached[id]).Select(id => value.Graph[id])
                .Where(n => n.Operation is Operation.MatMul).Select(n => (n.Shape.Rank, ((Operation.MatMul)n.Operation).TransposeA, ((Operation.MatMul)n.Operation).TransposeB));
        })];
        Assert.Equal(8, tested.Count);
    }

    private static string NameOf(Operation operation) => operation switch
    {
        Operation.Unary unary => unary.Kind.ToString(),
        Operation.Binary binary => binary.Kind.ToString(),
        _ => operation.GetType().Name,
    };
}
