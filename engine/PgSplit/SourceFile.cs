using Npgsql;
using PgSplit.Control;
using PgSplit.Load;
using PgSplit.Mapping;
using PgSplit.Pg;
using PgSplit.Shape;

namespace PgSplit;

/// <summary>
/// What programs beside <c>pgsplit</c> use of it to bring an old system's rows: its files as ordinary databases, its addresses, and the
/// keys that its integer keys become.
/// </summary>
public static class SourceFile
{
    /// <summary>Makes a database of a file, as <c>pgsplit load</c>: all of it or nothing.</summary>
    /// <param name="from">A dump of pg_dump, Django's dumpdata or a folder of CSV.</param>
    /// <param name="into">Npgsql's connection string of a database that is there, without tables or with empty ones.</param>
    /// <param name="schema">A file with SQL that makes the tables; not for archives of pg_dump, which bring theirs.</param>
    /// <param name="format">Null: told by looking.</param>
    /// <param name="ignore">Tables, or models as Django writes them, that are not loaded; patterns with <c>*</c>.</param>
    /// <param name="rejects">The file for rows that a table can't take.</param>
    /// <param name="acceptRejects">How many of them may be left out; with one more nothing is loaded.</param>
    /// <returns>Rows that were rejected.</returns>
    /// <exception cref="PgSplitException">The file is broken, the database has rows, or too many were rejected.</exception>
    public static async Task<long> LoadAsync(
        string from, string into, string? schema, SourceFormat? format, IEnumerable<string> ignore, string rejects, long acceptRejects, IProgress<string>? progress, CancellationToken ct)
    {
        var options = new LoadOptions
        {
            From = from,
            Into = PgAddress.Of(new NpgsqlConnectionStringBuilder(into)),
            Schema = schema,
            Format = format,
            Ignore = [.. ignore.Select(i => new TablePattern(i, 0))],
            Rejects = rejects,
            AcceptRejects = acceptRejects,
        };
        var told = progress is null ? null : new Progress<MoveProgress>(p => progress.Report($"Loading {p.Subject}: {p.Rows} rows"));
        return (await Loading.RunAsync(options, told, ct)).Rejected;
    }

    /// <summary>What a file is; told by its first bytes.</summary>
    /// <exception cref="PgSplitException">Nothing that can be loaded.</exception>
    public static SourceFormat FormatOf(string path) => SourceFormats.Of(path);

    /// <summary>Npgsql's way to an address, with settings under which values are written the same everywhere. It has the password in it.</summary>
    public static string ConnectionString(PgAddress address, string purpose)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.ForSession(purpose).ConnectionString;
    }

    /// <summary>SQL that makes the UUID of an integer key: the same as a move with <c>key: uuid</c> gives it.</summary>
    /// <param name="table">Of schema public.</param>
    /// <param name="old">Expression of an integer type.</param>
    /// <param name="function">The function in the place of <c>pgsplit.uuid_key</c>, where schema pgsplit is not there; made by <see cref="KeyFunction"/>.</param>
    public static string KeySql(string table, string old, string function) =>
        $"{function}({UuidKey.Namespace(new QualifiedName("public", table))}, ({old})::int8)";

    /// <summary>The UUID itself.</summary>
    public static Guid KeyOf(string table, long old) => UuidKey.Of(new QualifiedName("public", table), old);

    /// <summary>SQL that makes the function of <see cref="KeySql"/>.</summary>
    public static string KeyFunction(string name) => UuidKey.Function(name);
}
