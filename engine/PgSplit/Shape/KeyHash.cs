using System.Buffers.Binary;
using System.Numerics;
using PgSplit.Pg;

namespace PgSplit.Shape;

/// <summary>
/// <see cref="UuidKey"/> for one table, key after key: SHA-256 (FIPS 180-4, 6.2.2) of a message of just 24 bytes, which is one block. The
/// copy makes millions of them; a general implementation spends most of its time on what one block does not need.
/// </summary>
sealed class KeyHash
{
    static readonly uint[] K =
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    const uint Bits = 24 * 8;

    readonly uint _n0, _n1, _n2, _n3;

    public KeyHash(QualifiedName table)
    {
        var space = UuidKey.NamespaceOf(table);
        (_n0, _n1) = (BinaryPrimitives.ReadUInt32BigEndian(space), BinaryPrimitives.ReadUInt32BigEndian(space.AsSpan(4)));
        (_n2, _n3) = (BinaryPrimitives.ReadUInt32BigEndian(space.AsSpan(8)), BinaryPrimitives.ReadUInt32BigEndian(space.AsSpan(12)));
    }

    /// <summary>Writes the 16 bytes of the key's UUID, in the order in which PostgreSQL sends them.</summary>
    public void Write(long old, Span<byte> to)
    {
        Span<uint> w = stackalloc uint[64];
        (w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[15]) = (_n0, _n1, _n2, _n3, (uint)(old >> 32), (uint)old, 0x80000000, Bits);
        w[7..15].Clear();
        for (var i = 16; i < 64; i++)
        {
            var (x, y) = (w[i - 15], w[i - 2]);
            w[i] = w[i - 16] + w[i - 7]
                + (BitOperations.RotateRight(x, 7) ^ BitOperations.RotateRight(x, 18) ^ (x >> 3))
                + (BitOperations.RotateRight(y, 17) ^ BitOperations.RotateRight(y, 19) ^ (y >> 10));
        }

        uint a = 0x6a09e667, b = 0xbb67ae85, c = 0x3c6ef372, d = 0xa54ff53a, e = 0x510e527f, f = 0x9b05688c, g = 0x1f83d9ab, h = 0x5be0cd19;
        for (var i = 0; i < 64; i++)
        {
            var one = h + (BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i];
            var two = (BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d + one, c, b, a, one + two);
        }

        BinaryPrimitives.WriteUInt32BigEndian(to, a + 0x6a09e667);
        BinaryPrimitives.WriteUInt32BigEndian(to[4..], ((b + 0xbb67ae85) & 0xffff0fff) | 0x00008000);
        BinaryPrimitives.WriteUInt32BigEndian(to[8..], ((c + 0x3c6ef372) & 0x0fffffff) | 0x80000000);
        BinaryPrimitives.WriteUInt32BigEndian(to[12..], d + 0xa54ff53a);
    }
}
