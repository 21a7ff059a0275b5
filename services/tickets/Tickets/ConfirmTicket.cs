using Hdms.Contracts;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 23: the requester is content, and may say how much.</summary>
static class ConfirmTicket
{
    public static readonly TicketAction Action = new TicketAction<ConfirmTicketRequest>("confirm", "The requester is content; with a rating of 1 to 5 and a word, if they like (requester)", ApplyAsync)
    {
        Check = (request, check) =>
        {
            check.That("rating", request.Rating is null or (>= 1 and <= 5), "must be 1 to 5");
            check.OptionalText("feedback", request.Feedback, 2000, min: 0);
        },
    };

    static Task<Ticket> ApplyAsync(Act<ConfirmTicketRequest> act) => act.SaveAsync<TicketConfirmed>(act.Ticket with
    {
        ConfirmedAt = act.Now,
        FeedbackRating = act.Request.Rating,
        FeedbackText = string.IsNullOrWhiteSpace(act.Request.Feedback) ? null : act.Request.Feedback.Trim(),
    });
}
