namespace Hdms.Contracts;

/// <summary>A page of a list (API.md, lists).</summary>
public sealed record Paged<T>(IReadOnlyList<T> Data, Pagination Pagination);

/// <param name="Page">From 1.</param>
/// <param name="Total">How many there are on all pages.</param>
public sealed record Pagination(int Page, int Limit, long Total, long Pages);
