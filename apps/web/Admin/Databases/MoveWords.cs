using System.Globalization;
using Hdms.Contracts;
using Hdms.Web.Shell;

namespace Hdms.Web.Admin.Databases;

/// <summary>A move's steps and verbs as the page calls them, and what each of them does.</summary>
static class MoveWords
{
    public static readonly IReadOnlyList<string> Steps = ["Begun", "Copied", "In step", "Compared", "Switched", "Completed"];

    /// <summary>The step at which it stands.</summary>
    public static int StepOf(ServiceMoveView move) => move switch
    {
        { State: "none", May.Count: 0 } => 5,
        { State: "switching" or "switched" or "reversing" } => 4,
        { State: "in_sync", Verification: "verified" } => 3,
        { State: "in_sync" } => 2,
        { Copy: { } copy } when copy.CopiedTables == copy.Tables => 2,
        { State: "copying" or "catching_up" } or { Copy.CopiedTables: > 0 } => 1,
        _ => 0,
    };

    public static string IconOf(string verb) => verb switch
    {
        "start" or "resume" => "player-play",
        "verify" => "list-check",
        "repair" => "replace",
        "switch" => "transfer",
        "reverse" => "arrow-back-up",
        "complete" => "circle-check",
        _ => "x",
    };

    /// <summary>What it will do, for whoever is asked; null for what needs no asking.</summary>
    public static string? MeansOf(string verb, ServiceMoveView move) => verb switch
    {
        "start" => $"A backup is taken. Then {move.Service} gets a database of its own, its tables are copied there and kept up, while people go on working. Nobody notices, and it can be given up.",
        "repair" => "Rows that differ are made what they are on the side that has the writes. That side is not changed.",
        "switch" => $"Writers of {move.Service} wait until what was written last is on the other side and compared, and then write there. If that takes too long, all stays as it is. From then on what is written flows back, so that it can be reversed.{Waited(move)}",
        "reverse" => $"{Words.Spoken(move.Service)} goes back to where it came from, with all that was written since. Writers wait for a moment. It is kept up and can be switched again.{Waited(move)}",
        "complete" => $"{Words.Spoken(move.Service)} stays in its own database for good: nothing flows back any more, and it can't be reversed. The tables that it came from stay where they are, and nobody writes to them.",
        "cancel" => $"The move of {move.Service} is given up: what was copied goes, and the service stays where it is.",
        _ => null,
    };

    static string Waited(ServiceMoveView move) =>
        move.LastPause is { } pause ? string.Create(CultureInfo.InvariantCulture, $" The last time they waited {pause.TotalMilliseconds:N0} ms.") : "";
}
