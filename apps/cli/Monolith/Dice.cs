using System.Numerics;

namespace Hdms.Cli.Monolith;

/// <summary>Numbers that look like chance and are the same each time: what is drawn for a thing depends on the seed, the thing and the question alone, in whatever order things are made.</summary>
internal readonly struct Dice(ulong seed)
{
    public Dice Of(string thing, long id)
    {
        var hash = seed;
        foreach (var letter in thing)
            hash = Mix(hash ^ letter);
        return new Dice(Mix(hash ^ (ulong)id));
    }

    /// <summary>From 0 up to, and without, <paramref name="below"/>.</summary>
    public int Number(string question, int below) => (int)Math.BigMul(Of(question, 0).Bits(), (ulong)below, out _);

    /// <summary>Between both, these included.</summary>
    public int Between(string question, int least, int most) => least + Number(question, most - least + 1);

    public bool Happens(string question, double share) => Number(question, 1_000_000) < share * 1_000_000;

    public T One<T>(string question, IReadOnlyList<T> of) => of[Number(question, of.Count)];

    public byte[] Bytes(string question, int count)
    {
        var bytes = new byte[count];
        var at = Of(question, count);
        for (var i = 0; i < count; i++)
            bytes[i] = (byte)at.Of("byte", i).Bits();
        return bytes;
    }

    ulong Bits() => Mix(seed + 0x9E3779B97F4A7C15);

    // The end of SplitMix64: every bit of the input changes half of the output's.
    static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return BitOperations.RotateLeft(x ^ (x >> 31), 17);
    }
}
