using System.Text;
using PgSplit.Mapping;
using PgSplit.Pg;

namespace PgSplit.Load;

/// <summary>What a file is.</summary>
public enum SourceFormat
{
    /// <summary>pg_dump's: plain SQL, also gzipped, or the custom, tar or directory format.</summary>
    Dump,

    /// <summary>Django's <c>dumpdata</c>: one JSON array, or JSON lines.</summary>
    Dumpdata,

    /// <summary>A folder with a CSV file for each table, or one such file.</summary>
    Csv,
}

/// <summary>What is loaded, into where, and what may be left out.</summary>
sealed record LoadOptions
{
    /// <summary>A file or folder.</summary>
    public required string From { get; init; }

    /// <summary>A database that is there, without the tables or with empty ones.</summary>
    public required PgAddress Into { get; init; }

    /// <summary>SQL that makes the tables, run first.</summary>
    public string? Schema { get; init; }

    /// <summary>Null: told by looking.</summary>
    public SourceFormat? Format { get; init; }

    /// <summary>Where rejected rows go, a JSON line each. Written only where there are any.</summary>
    public string Rejects { get; init; } = "pgsplit-rejects.jsonl";

    /// <summary>So many rows may be left out; with one more nothing is loaded.</summary>
    public long AcceptRejects { get; init; }

    /// <summary>Of CSV: what stands for NULL where it is not quoted.</summary>
    public string Null { get; init; } = "";

    /// <summary>Of CSV.</summary>
    public char Delimiter { get; init; } = ',';

    /// <summary>Of CSV. Bytes that are none of its characters are an error, never a replacement.</summary>
    public Encoding Encoding { get; init; } = Encoding.UTF8;

    /// <summary>Tables or models that are not to be loaded.</summary>
    public IReadOnlyList<TablePattern> Ignore { get; init; } = [];

    /// <summary>Tables of models whose name is not app_model.</summary>
    public IReadOnlyDictionary<string, QualifiedName> Tables { get; init; } = new Dictionary<string, QualifiedName>(StringComparer.Ordinal);
}

/// <summary>What a load has done.</summary>
/// <param name="Format">What the file was.</param>
/// <param name="Tables">One by one; empty for a dump, whose tables its own statements fill.</param>
/// <param name="Rejected">Rows left out, in all.</param>
/// <param name="RejectFile">Where they are; null where there are none.</param>
/// <param name="Ignored">Rows of what was to be ignored.</param>
/// <param name="Elapsed">How long it took.</param>
sealed record LoadReport(SourceFormat Format, IReadOnlyList<LoadedTable> Tables, long Rejected, string? RejectFile, long Ignored, TimeSpan Elapsed)
{
    public long Rows => Tables.Sum(t => t.Rows);
}

/// <param name="Table">Which.</param>
/// <param name="Rows">Loaded.</param>
/// <param name="Rejected">Left out.</param>
sealed record LoadedTable(QualifiedName Table, long Rows, long Rejected);
