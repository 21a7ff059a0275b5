using PgSplit.Control;

namespace PgSplit.Load;

/// <summary>
/// Makes an ordinary source database of a file: from then on it is mapped, planned, moved and verified as any other
/// (decision 0033). Each load is one transaction: whatever goes wrong, nothing of it is there.
/// </summary>
static class Loading
{
    /// <exception cref="PgSplitException">The file can't be read or is broken (with its line), the database has rows already, or more rows were rejected than are accepted.</exception>
    public static async Task<LoadReport> RunAsync(LoadOptions options, IProgress<MoveProgress>? progress, CancellationToken ct)
    {
        var format = options.Format ?? SourceFormats.Of(options.From);
        if (!File.Exists(options.From) && !Directory.Exists(options.From))
            throw new PgSplitException(ExitCode.BadInput, $"there is no {options.From}");
        if (format == SourceFormat.Dump)
            return await Dump.LoadAsync(options, progress, ct);

        var bytes = format == SourceFormat.Csv ? CsvFolder.Files(options.From).Sum(f => new FileInfo(f).Length) : new FileInfo(options.From).Length;
        await using var staging = await Staging.BeginAsync(options, progress, bytes, ct);
        if (format == SourceFormat.Csv)
            await CsvFolder.LoadAsync(staging, ct);
        else
            await Dumpdata.LoadAsync(staging, ct);
        return await staging.FinishAsync(format, ct);
    }
}
