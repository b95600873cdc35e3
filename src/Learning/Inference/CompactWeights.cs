using System.Numerics;
using Csp.Learning.Architectures;
using Csp.Learning.Uncertainty;

namespace Csp.Learning.Inference;

/// <summary>The weights of one species as the kernel reads them: in its precision, rows padded with zeros to whole registers.</summary>
internal sealed class CompactWeights<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public CompactWeights(CompactSpecies species, CompactSettings settings, SpeciesDomain? domain, int lanes)
    {
        int q = settings.Descriptors, h = settings.Hidden;
        PaddedDescriptors = Padded(q, lanes);
        PaddedHidden = Padded(h, lanes);
        Constant = species.ReferenceEnergy + species.Offset;
        Radial = Cast(species.Radial, species.Radial.Length);
        Angular = Cast(species.Angular, species.Angular.Length);
        Shift = Cast(species.Shift, PaddedDescriptors);
        Scale = Cast(species.Scale, PaddedDescriptors);
        Linear = Cast(species.Linear, PaddedDescriptors);
        Bias = Cast(species.Bias, PaddedHidden);
        Output = Cast(species.Output, PaddedHidden);
        ByNeuron = new AlignedBuffer<T>(h * PaddedDescriptors);
        ByDescriptor = new AlignedBuffer<T>(q * PaddedHidden);
        for (int n = 0; n < h; n++)
        {
            for (int d = 0; d < q; d++)
            {
                T weight = T.CreateTruncating(species.Hidden[n * q + d]);
                ByNeuron.Span[n * PaddedDescriptors + d] = weight;
                ByDescriptor.Span[d * PaddedHidden + n] = weight;
            }
        }
        if (domain is null)
            return;
        Center = Cast(domain.Center, PaddedDescriptors);
        Whitening = new AlignedBuffer<T>(q * PaddedDescriptors);
        for (int a = 0; a < q; a++)
        {
            for (int b = 0; b < q; b++)
                Whitening.Span[b * PaddedDescriptors + a] = T.CreateTruncating(domain.Whitening[a * q + b]);
        }
    }

    public int PaddedDescriptors { get; }

    /// <summary>Centre of the training domain, padded; null when unknown.</summary>
    public AlignedBuffer<T>? Center { get; }

    /// <summary>Transpose of the whitening matrix, shape [descriptor, padded descriptors].</summary>
    public AlignedBuffer<T>? Whitening { get; }

    public int PaddedHidden { get; }

    /// <summary>Reference energy and offset, eV.</summary>
    public double Constant { get; }

    /// <summary>Shape [channel, species, basis].</summary>
    public AlignedBuffer<T> Radial { get; }

    /// <summary>Shape [channel, species, basis].</summary>
    public AlignedBuffer<T> Angular { get; }

    public AlignedBuffer<T> Shift { get; }

    public AlignedBuffer<T> Scale { get; }

    public AlignedBuffer<T> Linear { get; }

    public AlignedBuffer<T> Bias { get; }

    public AlignedBuffer<T> Output { get; }

    /// <summary>Hidden weights, shape [neuron, padded descriptors].</summary>
    public AlignedBuffer<T> ByNeuron { get; }

    /// <summary>Hidden weights, shape [descriptor, padded neurons].</summary>
    public AlignedBuffer<T> ByDescriptor { get; }

    public static int Padded(int count, int lanes) => (count + lanes - 1) / lanes * lanes;

    private static AlignedBuffer<T> Cast(double[] values, int length)
    {
        AlignedBuffer<T> buffer = new(length);
        for (int i = 0; i < values.Length; i++)
            buffer.Span[i] = T.CreateTruncating(values[i]);
        return buffer;
    }
}
