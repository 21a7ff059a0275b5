namespace PgSplit.Load;

/// <summary>Where a row comes from, and what it said: what a person needs to find and mend it.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">Its line, from 1; 0 where it is known by its content only.</param>
/// <param name="Number">Which row or object of the file, from 1.</param>
/// <param name="Json">The row as JSON.</param>
readonly record struct SourceRow(string File, long Line, long Number, Func<string> Json)
{
    public override string ToString() => Line == 0 ? File : $"{File}:{Line}";
}
