using Npgsql;
using PgSplit.Catalog;

namespace PgSplit.Ddl;

/// <summary>What to do where something of the same name is on the target already.</summary>
static class Existing
{
    /// <summary>
    /// True where the object is there and may be used: this move made it, or, for types and functions, somebody else made the same.
    /// Two moves into one database may share those; tables, sequences and views are never shared.
    /// </summary>
    /// <exception cref="PgSplitException">There is another of that name.</exception>
    public static async Task<bool> IsUsableAsync(
        NpgsqlConnection target, string moveId, SetObject o, IReadOnlyDictionary<(ObjectKind, uint), string> definitions, CancellationToken ct)
    {
        if (await Created.FindAsync(target, o.Class, o.Identity, ct) is not { } oid)
            return false;
        if (await Created.IsOursAsync(target, moveId, o.Class, oid, ct))
            return true;
        if (o.Kind < ObjectKind.Sequence
            && (await Definitions.ReadAsync(target, o.Kind, [oid], ct)).GetValueOrDefault(oid) == definitions[(o.Kind, o.Oid)])
            return true;
        throw new PgSplitException(ExitCode.Refused,
            o.Kind < ObjectKind.Sequence
                ? $"{Created.Describe(o)} is on the target already, and another than the source's"
                : $"{Created.Describe(o)} is on the target already, and this move did not make it",
            "rename or drop it on the target, or name another target");
    }
}
