using Hdms.Contracts;
using Hdms.Web.Forms;
using Hdms.Web.Session;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Http;

namespace Hdms.Web.Board;

/// <summary>What the board is asked for: all of it is in the address, so that it can be kept and passed on.</summary>
public sealed record BoardQuery(BoardTab Tab, IReadOnlyDictionary<string, string> Filters, string? Sort, string? After, string? Before, string? Open)
{
    /// <summary>What boards show beside the title, unless somebody wants something else.</summary>
    public static readonly IReadOnlyList<BoardColumn> UsualColumns = [BoardColumn.Priority, BoardColumn.Status, BoardColumn.Due, BoardColumn.Age];

    /// <summary>Filters that lists behind figures come with: from a time on, or before it.</summary>
    public static readonly IReadOnlyList<string> Times = [.. new[] { "created", "submitted", "resolved", "due", "overdue" }.SelectMany(w => new[] { $"{w}_from", $"{w}_to" })];

    static readonly string[] Known = ["status", "priority", "department_id", "assignee_id", "requester_id", "category", "tag", "breached", .. Times, "q"];

    /// <summary>What is shown beside the title; null where the address says nothing of it.</summary>
    public IReadOnlyList<BoardColumn>? Columns { get; init; }

    public static BoardQuery Read(IQueryCollection query, BoardTab otherwise)
    {
        var filters = Known.Select(name => (name, value: string.Join(',', query[name].Where(v => !string.IsNullOrWhiteSpace(v))))).Where(f => f.value.Length > 0).ToDictionary(f => f.name, f => f.value, StringComparer.Ordinal);
        var columns = string.Join(',', query["columns"].ToArray()).Split(',').Select(Words.Read<BoardColumn>).OfType<BoardColumn>().Distinct().ToList();
        return new BoardQuery(Words.Read<BoardTab>(query["tab"]) ?? otherwise, filters, Some(query["sort"]), Some(query["after"]), Some(query["before"]), Some(query["open"]))
        {
            Columns = columns.Count == 0 ? null : columns,
        };
    }

    /// <summary>The tabs that somebody works from, in order.</summary>
    internal static IReadOnlyList<BoardTab> TabsOf(Person me) => me switch
    {
        { IsModerator: true } => [BoardTab.New, BoardTab.UnderReview, BoardTab.MyReviews, BoardTab.Assigned, BoardTab.InProgress, BoardTab.WaitingApproval, BoardTab.Resolved, BoardTab.Postponed, BoardTab.Attention, BoardTab.Open, BoardTab.All],
        { IsHead: true } => [BoardTab.ToAcknowledge, BoardTab.ToStart, BoardTab.InProgress, BoardTab.WaitingApproval, BoardTab.Postponed, BoardTab.Resolved, BoardTab.Done, BoardTab.Attention, BoardTab.All],
        { IsAdmin: true } => [BoardTab.All, BoardTab.Open, BoardTab.Attention, BoardTab.Done],
        _ => [BoardTab.WaitingForMe, BoardTab.Mine, BoardTab.Drafts, BoardTab.Done, BoardTab.All],
    };

    /// <summary>As the API takes it.</summary>
    public string ToApi(int limit) => Query.Of([("tab", Words.Wire(Tab)), .. Filters.Select(f => (f.Key, (string?)f.Value)), ("sort", Sort), ("after", After), ("before", Before), ("limit", $"{limit}")]);

    /// <summary>The same board in a browser's address, with some of it changed; null takes a member away.</summary>
    public string With(params (string Name, string? Value)[] changes)
    {
        var all = new Dictionary<string, string?>(Filters.ToDictionary(f => f.Key, f => (string?)f.Value), StringComparer.Ordinal) { ["tab"] = Words.Wire(Tab), ["sort"] = Sort, ["after"] = After, ["before"] = Before, ["open"] = Open, ["columns"] = Columns is null ? null : string.Join(',', Columns.Select(Words.Wire)) };
        foreach (var (name, value) in changes)
            all[name] = value;
        return "/board" + Query.Of([.. all.Select(a => (a.Key, a.Value))]);
    }

    /// <summary>The filters as a query to be kept, without the page one is on.</summary>
    public string Kept => With(("after", null), ("before", null), ("open", null))["/board?".Length..];

    static string? Some(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
