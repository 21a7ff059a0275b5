using PgSplit.Pg;

namespace PgSplit.Catalog;

/// <summary>Where the rows of a table whose shape changes are read from on one side, in the form in which both sides are compared: the target's.</summary>
/// <param name="Table">The table itself.</param>
/// <param name="All">For FROM, without a name: the table, or a sub-select.</param>
/// <param name="OfKeys">For JOIN, without a name, where <c>k</c> has the keys <c>k0</c>, <c>k1</c>, …: just their rows.</param>
/// <param name="OfKeysWhereverRefused">As before, of rows too that stay behind; null where the other side can't have got them by itself.</param>
sealed record RowSource(QualifiedName Table, string All, string OfKeys, string? OfKeysWhereverRefused);

/// <summary>How a table whose shape changes is copied.</summary>
/// <param name="Into">The table on the target, and its columns that are written.</param>
/// <param name="Select">What is selected from the source's table, <c>s</c>.</param>
/// <param name="Binary">The columns' binary form means the same on both sides.</param>
/// <param name="Where">Rows that go; null for all.</param>
/// <param name="KeyTexts">The key of a source's row, as <c>text[]</c>.</param>
sealed record CopyShape(QualifiedName Into, IReadOnlyList<string> Columns, string Select, bool Binary, string? Where, string KeyTexts)
{
    /// <summary>Why a row that the condition is not true of stays behind: SQL over <c>s</c>.</summary>
    public string Reason { get; init; } = "''";

    /// <summary>As Select, with the numbers of keys and references instead of what they become, by their places (from 0 on).</summary>
    public string? SelectNumbers { get; init; }
    public IReadOnlyList<(int Place, QualifiedName Of)> Keys { get; init; } = [];
}
