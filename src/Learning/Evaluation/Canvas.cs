using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Csp.Learning.Evaluation;

/// <summary>A picture of grey and coloured dots, lines and small text that can be written as PNG (W3C Portable Network Graphics, 2nd edition).</summary>
public sealed class Canvas
{
    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(n =>
    {
        uint c = (uint)n;
        for (int k = 0; k < 8; k++)
            c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
        return c;
    })];

    private readonly byte[] _rgb;

    /// <summary>A white picture.</summary>
    public Canvas(int width, int height)
    {
        Width = width;
        Height = height;
        _rgb = new byte[3 * width * height];
        Array.Fill(_rgb, (byte)255);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Mixes a colour (0xRRGGBB) into one pixel; outside of the picture nothing happens.</summary>
    public void Dot(int x, int y, int colour, double opacity = 1)
    {
        if (x < 0 || y < 0 || x >= Width || y >= Height)
            return;
        int at = 3 * (y * Width + x);
        for (int c = 0; c < 3; c++)
        {
            int wanted = (colour >> (16 - 8 * c)) & 255;
            _rgb[at + c] = (byte)Math.Round(_rgb[at + c] + opacity * (wanted - _rgb[at + c]));
        }
    }

    /// <summary>A straight line, one pixel wide.</summary>
    public void Line(double x1, double y1, double x2, double y2, int colour)
    {
        int steps = (int)Math.Ceiling(Math.Max(Math.Abs(x2 - x1), Math.Abs(y2 - y1)));
        for (int s = 0; s <= steps; s++)
        {
            double t = steps == 0 ? 0 : (double)s / steps;
            Dot((int)Math.Round(x1 + t * (x2 - x1)), (int)Math.Round(y1 + t * (y2 - y1)), colour);
        }
    }

    /// <summary>Text in a 5×7 face; the position is its upper left corner.</summary>
    public void Text(int x, int y, string text, int colour = 0)
    {
        foreach (char c in text)
        {
            ReadOnlySpan<byte> rows = Font5x7.Rows(c);
            for (int row = 0; row < 7; row++)
            {
                for (int column = 0; column < 5; column++)
                {
                    if ((rows[row] >> (4 - column) & 1) != 0)
                        Dot(x + column, y + row, colour);
                }
            }
            x += Font5x7.Advance;
        }
    }

    /// <summary>The picture as a PNG file.</summary>
    public byte[] ToPng()
    {
        using MemoryStream file = new();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Height);
        header[8] = 8;
        header[9] = 2;
        Chunk(file, "IHDR", header);
        using MemoryStream packed = new();
        using (ZLibStream zlib = new(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int row = 0; row < Height; row++)
            {
                zlib.WriteByte(0);
                zlib.Write(_rgb, 3 * row * Width, 3 * Width);
            }
        }
        Chunk(file, "IDAT", packed.ToArray());
        Chunk(file, "IEND", []);
        return file.ToArray();
    }

    private static void Chunk(Stream file, string type, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
        byte[] number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(body);
        uint crc = 0xFFFFFFFF;
        foreach (byte b in body)
            crc = CrcTable[(crc ^ b) & 255] ^ (crc >> 8);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~crc);
        file.Write(number);
    }
}
