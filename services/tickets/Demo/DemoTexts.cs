namespace Hdms.Tickets.Demo;

/// <summary>What people of the demo organisation ask for, and how it ends. <c>{0}</c> is a place, <c>{1}</c> a thing or a month.</summary>
sealed record DemoText(string Category, string Title, string Description, string Done, string[] Tags);

/// <summary>The words of the demo tickets.</summary>
static class DemoTexts
{
    public static readonly string[] Places =
    [
        "room 104", "room 212", "room 305", "the second floor", "the ground floor", "block A", "block B", "the annex", "the reception", "the library", "the meeting room",
    ];

    public static readonly IReadOnlyDictionary<string, string[]> Things = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["IT"] = ["HP LaserJet", "ThinkPad", "desktop", "scanner", "VoIP phone", "second screen"],
        ["BMT"] = ["air conditioner", "water cooler", "ceiling fan", "heater", "exhaust fan", "geyser"],
        ["DEV"] = ["leave portal", "intranet", "inventory report", "attendance app", "visitor register", "project tracker"],
        ["FIN"] = ["August", "September", "October", "the last quarter", "the Lahore visit", "the vendor workshop"],
        ["PRC"] = ["toner", "office chairs", "lab gloves", "printer paper", "projector lamps", "first-aid kits"],
        ["ARC"] = ["the annex", "the parking deck", "the canteen", "the prayer area", "the server room", "the main gate"],
        ["ADM"] = ["the pool car", "the auditorium", "the guest house", "the courier service", "the visitor badges", "the shuttle"],
    };

    public static readonly IReadOnlyDictionary<string, DemoText[]> Of = new Dictionary<string, DemoText[]>(StringComparer.Ordinal)
    {
        ["IT"] =
        [
            new("Hardware", "{1} in {0} does not start", "Since this morning the {1} in {0} shows no light when it is switched on. Another socket did not help.", "The power supply was replaced; it starts again.", ["hardware"]),
            new("Network", "No network in {0}", "All sockets in {0} are dead, the wireless network is there but slow. Five people are concerned.", "A switch had lost its power after the maintenance; it is on the UPS now.", ["network", "outage"]),
            new("Accounts", "Shared folder can't be opened from {0}", "I get “access denied” for the department's shared folder since I moved to {0}.", "You had been left out of the group after the move; added.", ["access"]),
            new("Email", "Mails with attachments come back", "Mails with attachments above 5 MB to outside addresses are returned with “message too large”.", "The limit at the gateway had been reset by the update; it is 25 MB again.", ["email"]),
            new("Hardware", "{1} for {0}", "We need one more {1} in {0}; a new colleague begins next week.", "Delivered and set up.", ["hardware", "onboarding"]),
            new("Software", "Licence of the drawing program has expired", "At start the program says that its licence has expired. Two drawings are due this week.", "Renewed for the year; please restart the program once.", ["licence"]),
            new("Accounts", "VPN asks for the password again and again", "From home the VPN asks for the password every few minutes. From {0} everything is fine.", "The old profile was removed and a new one installed.", ["vpn", "access"]),
            new("Printing", "{1} in {0} prints stripes", "Every page has grey stripes at the left. A new cartridge made no difference.", "The drum was cleaned and the roller replaced.", ["printing"]),
        ],
        ["BMT"] =
        [
            new("Electrical", "{1} in {0} trips the breaker", "Whenever the {1} in {0} is switched on, the breaker goes after some minutes.", "A cable was worn; it has been replaced and tested for two hours.", ["electrical", "safety"]),
            new("Plumbing", "Leaking tap in {0}", "The tap next to the pantry in {0} drips all day; the floor is wet.", "New washer and valve.", ["plumbing"]),
            new("Climate", "{1} in {0} is too loud", "The {1} in {0} rattles so that no call is possible.", "The bearing was greased and the cover fixed.", ["climate"]),
            new("Carpentry", "Door of {0} does not close", "The door of {0} scrapes on the floor and can't be locked in the evening.", "Hinges adjusted; the lock works.", ["carpentry", "security"]),
            new("Cleaning", "Deep cleaning of {0}", "After the painting there is dust everywhere in {0}. Please plan it for the weekend.", "Done on Saturday, windows included.", ["cleaning"]),
            new("Electrical", "Lights flicker in {0}", "Half of the lights in {0} flicker, worst in the afternoon.", "Two ballasts were replaced.", ["electrical"]),
            new("Plumbing", "Low water pressure in {0}", "In the mornings hardly any water comes in {0}.", "The filter before the pump was clogged; cleaned.", ["plumbing"]),
        ],
        ["DEV"] =
        [
            new("Bug", "{1}: wrong totals for {0}", "The {1} shows totals for {0} that do not match the single entries; the difference grows by the day.", "Entries of people who had changed departments were counted twice; corrected, and the old totals worked out anew.", ["bug"]),
            new("Feature", "{1}: export to a spreadsheet", "Every month we copy the table of the {1} by hand. An export would save us an afternoon.", "There is a button “Export” above the table now.", ["feature"]),
            new("Bug", "{1} signs me out while I type", "Whatever I have typed in the {1} for longer than ten minutes is lost, since I am signed out in between.", "Typing keeps the session alive now.", ["bug", "session"]),
            new("Access", "Test account for the {1}", "For the training in {0} we need a test account with which nothing can be broken.", "Made; it is emptied every night.", ["access"]),
            new("Integration", "{1} does not get new employees", "People who joined this month are missing in the {1}.", "The nightly import had stopped at a record without a code; it skips such records now and says so.", ["integration"]),
            new("Performance", "{1} takes a minute to open", "Since the update the {1} needs about a minute for its first page, from {0} as from home.", "An index was missing; it opens in a second.", ["performance"]),
        ],
        ["FIN"] =
        [
            new("Reimbursement", "Travel expenses for {1}", "Receipts for {1} are ready: fuel, two nights, meals. Altogether 48,300 rupees.", "Paid with this month's salary.", ["travel"]),
            new("Payment", "Invoice of the caterer for {1}", "The caterer's invoice for {1} has not been paid; a second reminder came.", "Paid on the account that the invoice names.", ["invoice"]),
            new("Budget", "More budget for repairs in {0}", "The estimate for the repairs in {0} is above what is left in the budget for {1}.", "Moved from the reserve.", ["budget"]),
            new("Payroll", "Overtime of {1} is missing", "The overtime of {1} is not in my salary slip although it was signed.", "It is on the next slip, with the difference.", ["payroll"]),
            new("Advance", "Advance for {1}", "An advance of 60,000 rupees is needed for {1}; the receipts follow within a week.", "Transferred.", ["advance"]),
            new("Tax", "Tax certificate for {1}", "I need the certificate of the tax deducted in {1} for my return.", "Sent by post and by mail.", ["tax"]),
        ],
        ["PRC"] =
        [
            new("Purchase", "New {1} for {0}", "What we have in {0} is used up. Please order {1}, the same as last time.", "Ordered, delivered and counted.", ["purchase"]),
            new("Quotation", "Three quotations for {1}", "For {1} we need three quotations before the end of the month.", "The three are in the shared folder, the cheapest is first.", ["quotation"]),
            new("Delivery", "Delivery of {1} is late", "The {1} for {0} were promised for last week. Nobody answers the phone there.", "Arrived; the supplier gave a discount for the delay.", ["delivery"]),
            new("Return", "Wrong {1} were delivered to {0}", "We got the wrong size. The boxes are unopened in {0}.", "Picked up and exchanged.", ["delivery", "return"]),
            new("Supplier", "Register a supplier of {1}", "The workshop found a better supplier of {1}; please check and register them.", "Checked and registered.", ["supplier"]),
        ],
        ["ARC"] =
        [
            new("Drawings", "Drawings of {1} as built", "For the repair works we need the drawings of {1} as it was built, not as planned.", "Measured anew; the drawings are in the archive.", ["drawings"]),
            new("Planning", "Second exit for {1}", "The safety inspection asks for a second exit in {1}. Is it possible without moving the stairs?", "Yes: to the north side; the sketch is attached to the drawings.", ["safety", "planning"]),
            new("Survey", "Crack in the wall of {0}", "There is a crack of about two metres in the wall of {0}, and it seems to grow.", "Only the plaster; a gauge was put on it, nothing has moved in two weeks.", ["survey", "safety"]),
            new("Planning", "Seats for ten more people in {0}", "The department grows. Please make a plan for ten more seats in {0}.", "Two variants were drawn and one was chosen.", ["planning"]),
        ],
        ["ADM"] =
        [
            new("Transport", "Booking of {1} for Thursday", "For the visitors from Karachi we need {1} on Thursday from nine to five.", "Booked and confirmed.", ["booking"]),
            new("Access cards", "Access card does not open {0}", "My card opens everything but {0} since the new readers were installed.", "The card was written anew.", ["access"]),
            new("Events", "Seats in {1} for the yearly meeting", "About 120 people come. We need {1} with a second microphone.", "Reserved, with microphones and water.", ["event"]),
            new("Records", "Old files in {0} are to be archived", "Four cupboards in {0} are full of files from before 2019.", "Listed, boxed and moved to the archive.", ["records"]),
            new("Complaint", "Nobody answers for {1}", "I have called five times about {1}; nobody picks up the phone.", "There is a second number now; both are on the notice board.", ["complaint"]),
        ],
    };

    public static readonly string[] Questions = ["Since when is it so, and does it happen every time?", "Which room exactly, and who has the key?", "Could you name the cost centre?", "Is somebody kept from work by it?"];
    public static readonly string[] Answers = ["Since Monday, and every time.", "It is written on the door; the reception has the key.", "The department's own.", "Two people, since yesterday."];
    public static readonly string[] Notes = ["Looked at it.", "Parts are ordered.", "Half of it is done.", "Waiting for the second delivery.", "To be tested once more."];
    public static readonly string[] Rejections = ["That is not ours: please ask the building's owner.", "There is no budget for it this year.", "The policy does not allow it; see the staff handbook, section 4.", "It was solved by the update already."];
    public static readonly string[] Postponements = ["The part comes with the container at the end of the month.", "The room is in use until the exams are over.", "We wait for the new contract.", "To be done together with the yearly maintenance."];
    public static readonly string[] Forced = ["The requester has left the organisation.", "The building was handed back; nothing is to be done there any longer.", "Taken over by the contractor."];
    public static readonly string[] Reopenings = ["It is back since yesterday.", "It worked for two days only.", "Half of it was forgotten."];
    public static readonly string[] Feedback = ["Quick and friendly, thank you!", "It took a while, but it works.", "Very good.", "I had to ask twice.", "All fine."];
}
