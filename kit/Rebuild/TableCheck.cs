using System.Text.Json.Nodes;

namespace Hdms.Kit.Rebuild;

/// <summary>How a row differs from what the log says.</summary>
public enum Difference
{
    /// <summary>Columns have other values.</summary>
    Changed,

    /// <summary>The log has it, the table has not.</summary>
    Missing,

    /// <summary>The table has it, the log has not.</summary>
    Extra,
}

/// <summary>A row that is not as the log says.</summary>
/// <param name="Columns">Those with other values, when it is <see cref="Difference.Changed"/>.</param>
/// <param name="Log">Their values by the log; null unless values were asked for, since they may be personal.</param>
/// <param name="Table">Their values in the table, likewise.</param>
public sealed record RowDifference(string Key, Difference Kind, IReadOnlyList<string> Columns, JsonObject? Log = null, JsonObject? Table = null);

/// <summary>A table compared with the log.</summary>
/// <param name="Compared">Rows that are in the table, in the log, or in both.</param>
/// <param name="Different">How many of these differ.</param>
/// <param name="First">The first <see cref="StateCheck.Shown"/> that differ.</param>
/// <param name="WithoutEvents">Rows of which the log has no event, or none of their version: they came through the engine and wait for the backfill. Not compared.</param>
/// <param name="FirstWithoutEvents">Ids of the first of them; of parts, none.</param>
public sealed record TableCheck(
    string Table, long Compared, long Different, IReadOnlyList<RowDifference> First, long WithoutEvents, IReadOnlyList<string> FirstWithoutEvents);
