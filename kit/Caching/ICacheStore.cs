namespace Hdms.Kit.Caching;

/// <summary>
/// Where cached bytes are kept. A store never throws and never takes long: what it can't do is a miss. It guarantees that a
/// value which was removed since its loader looked is not put back by that loader: <see cref="WriteAsync"/> keeps nothing
/// when the key was removed after the <see cref="Kept"/> it is given was read, in whichever process.
/// </summary>
interface ICacheStore
{
    /// <summary>What is kept under each key, in the order of the keys.</summary>
    ValueTask<IReadOnlyList<Kept>> ReadAsync(IReadOnlyList<string> keys);

    /// <summary>Keeps values, save those whose key was removed since it was seen.</summary>
    ValueTask WriteAsync(IReadOnlyList<ToKeep> entries);

    /// <summary>Forgets the keys. A store that is away makes up for it before it is read again.</summary>
    ValueTask RemoveAsync(IReadOnlyCollection<string> keys);
}

/// <param name="Value">Null when nothing is kept.</param>
/// <param name="State">What the store compares at a write; null when nothing may be written, since the store is away.</param>
readonly record struct Kept(byte[]? Value, object? State);

/// <param name="Seen">What was read before the value was loaded.</param>
readonly record struct ToKeep(string Key, Kept Seen, byte[] Value, TimeSpan Ttl);
