using Csp.Learning.Graphs;

namespace Csp.Learning.Architectures.EdgeGraphs;

/// <summary>
/// What the energy of a graph model reads: who is connected with whom, and functions of the edges. Either inputs of a graph
/// (<see cref="EdgeInputs"/>) or computed in it from positions (<see cref="EdgeOnnx"/>).
/// </summary>
public interface IEdgeTensors
{
    /// <summary>Number of atoms.</summary>
    Dim Atoms { get; }

    /// <summary>Row of each atom's element in the model's tables, [A].</summary>
    Tensor Species { get; }

    /// <summary>[E]: atom i of each edge.</summary>
    Tensor Center { get; }

    /// <summary>[E]: atom j.</summary>
    Tensor Neighbor { get; }

    /// <summary>[S]: atom i of each edge with three-body terms.</summary>
    Tensor ShortCenter { get; }

    /// <summary>[S]: atom j.</summary>
    Tensor ShortNeighbor { get; }

    /// <summary>The values of a feature, [E or S, columns].</summary>
    Tensor this[string feature] { get; }

    /// <summary>[S, columns] as [E, columns]: 0 on edges without three-body terms.</summary>
    Tensor OnEdges(Tensor ofShort);
}
