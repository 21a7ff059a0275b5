namespace Hdms.Tickets.Tickets;

/// <summary>How a request names a ticket: by its id, or by its number.</summary>
readonly record struct TicketKey(Guid? Id, string? Number)
{
    public string Where => Id is null ? "r.number = @Number" : "r.id = @Id";

    public object Args => new { Id, Number };

    public static TicketKey Of(string text) => Guid.TryParse(text, out var id) ? new(id, null) : new(null, text.ToUpperInvariant());

    public static implicit operator TicketKey(Guid id) => new(id, null);
}
