using Hdms.Contracts;

namespace Hdms.Tickets.Sla;

/// <summary>By what a ticket's clocks are set: the template for its department and priority, and the department's calendar.</summary>
/// <param name="TemplateId">Null when no template fits; the clocks then measure without a due time.</param>
sealed record SlaTerms(Guid? TemplateId, int? ResponseMinutes, int? ResolutionMinutes, WorkCalendar Calendar)
{
    public static readonly SlaTerms None = new(null, null, null, WorkCalendar.RoundTheClock);

    /// <summary>Hundredths of an hour as whole minutes, one at least.</summary>
    public static int Minutes(decimal hours) => Math.Max(1, (int)Math.Round(hours * 60, MidpointRounding.AwayFromZero));
}
