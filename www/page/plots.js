/** Plots to try, written for this page; each button bears the `name`. */
export const PLOTS = [
  {
    name: "lighthouse",
    text: "The winter relief boat finds the lighthouse locked from the inside and its keeper gone. Nora, sent to mind the lamp until spring, hears someone climb the stairs each night and stop one step below her door. In the logbook the missing man had begun to count the steps. There are a hundred and twelve. Last night she heard a hundred and thirteen, and something in the wall whispered her name.",
  },
  {
    name: "heist",
    text: "A safecracker fresh out of prison promises his daughter that he is finished. Then a crooked detective hands him the plans of a diamond vault and a choice: one more robbery, or her husband goes down for murder. He gathers his old crew, a forger, a driver and a thief who once betrayed him, and has four days to break into the most closely guarded bank in Antwerp.",
  },
  {
    name: "robot",
    text: "Centuries after the last colony ship left Earth, a maintenance robot still waters the dead gardens of an orbiting station. When a signal arrives from a planet that should not exist, it wakes the only human in cold sleep, a pilot who believes that no time has passed. Together they must cross the galaxy in a failing ship before the station’s computer decides that neither of them is needed.",
  },
  {
    name: "letters",
    text: "In occupied Rotterdam in 1943 a young nurse hides a wounded British airman below the bakery where her mother works. Through a winter of curfews and bombing raids they learn each other’s language from one torn novel, and fall in love. When soldiers begin to search the street, she must choose between the boat that could carry them both to England and the brother she would leave behind.",
  },
  {
    name: "boxer",
    text: "At thirty-six Danny Okafor sweeps the gym where he once trained for the title. A promoter in need of an easy opponent offers him six weeks and one last fight against the unbeaten champion. His old coach, half blind, agrees to train him on one condition: he must first make peace with the son who stopped coming to watch. Round by round, the neighbourhood starts to believe.",
  },
  {
    name: "sheriff",
    text: "Sheriff Abel Crane has not drawn his gun since the day he shot the wrong man. When a cattle baron’s hired outlaws ride into the dusty town of Mercy to drive the homesteaders from their land, the only one willing to stand beside him is the dead man’s widow, who came west with a rifle and a reason of her own. The stagecoach is due at noon, and so are they.",
  },
  {
    name: "singer",
    text: "Born in a Mississippi shack and taught piano by a church organist, Lena Hart sings her way from roadside bars to the great stages of the 1950s. This is the true story of the voice behind a dozen hit records: the manager who stole her songs, the band that became her family, the addiction that nearly silenced her, and the night at Carnegie Hall when she walked back on stage.",
  },
  {
    name: "wedding",
    text: "Two rival wedding planners find out that they have been booked for the same wedding, one by the bride and one by the groom, who are no longer speaking. With nine days, two bands, three cakes and one very large ostrich, they have to fake a perfect couple for the richest, rudest family in Florida. Naturally everything goes wrong, and naturally they begin to like each other.",
  },
];
