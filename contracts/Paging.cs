namespace Hdms.Contracts;

/// <summary>A page of a list (API.md, lists).</summary>
public sealed record Paged<T>(IReadOnlyList<T> Data, Pagination Pagination);

/// <param name="Page">From 1.</param>
/// <param name="Total">How many there are; null with <c>count=none</c>.</param>
/// <param name="TotalCapped">There are more than <paramref name="Total"/>; <c>count=exact</c> tells how many.</param>
/// <param name="Pages">How many pages can be had: paging by number ends at 10,000 rows.</param>
public sealed record Pagination(
    int Page, int Limit, long? Total, bool TotalCapped, long? Pages);

/// <summary>A part of a list that is too long for page numbers.</summary>
/// <param name="Next">To be sent as <c>after</c> for what follows; null at the end.</param>
public sealed record CursorPage<T>(IReadOnlyList<T> Data, string? Next);
